"""Checks of the whole: caveats (D13), confidence (D14), main signal (D15), siblings (D17)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.summary.caveats import required_caveats
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.confidence import lower
from cluster_assets.core.summary.findings import Finding

TOP = 3
NEAR_DUPLICATE = 0.8
_WORD = re.compile(r"[^\W\d_]{2,}")


def caveats_present(context: Context) -> Iterator[Finding]:
    """D13: the summary has the caveats that its evidence requires; code adds missing ones."""
    missing = [c for c in required_caveats(context.packet) if c not in context.summary.caveats]
    if missing:
        yield Finding("caveats", "D13", ", ".join(context.summary.caveats), ", ".join(missing))


def confidence_within_evidence(context: Context) -> Iterator[Finding]:
    """D14: the confidence is at most the one derived from the evidence; code lowers it."""
    derived, claimed = context.derived_confidence, context.summary.confidence
    if claimed != lower(claimed, derived):
        yield Finding("confidence", "D14", claimed, derived)


def main_signal_covered(context: Context) -> Iterator[Finding]:
    """D15: a claim rests on at least one of the three strongest rows."""
    top = top_rows(context.packet)
    cited = {
        row_id for part in context.parts if part.section == "claims" for row_id in part.evidence
    }
    if top and not any(row.id in cited for row in top):
        yield Finding("claims", "D15", ", ".join(sorted(cited)), ", ".join(row.id for row in top))


def differs_from_siblings(context: Context) -> Iterator[Finding]:
    """D17: the text is not nearly the same as that of another cluster of the clustering."""
    own = _words(" ".join(part.text for part in context.parts if part.section == "claims"))
    for sibling in context.siblings:
        theirs = _words(sibling)
        if own and len(own & theirs) / len(own | theirs) > NEAR_DUPLICATE:
            yield Finding(
                "claims", "D17", sibling, "a text that tells this cluster from its siblings"
            )
            return


def top_rows(packet: EvidencePacket) -> list[EvidenceRow]:
    """Return the rows that carry the main signal.

    These are the three strongest over-represented terms; if there are fewer than three, the
    under-represented ones compete too. Ties with the third row are included.
    """
    terms = [row for row in packet.rows if row.kind == "term"]
    over = [row for row in terms if row.direction == "over"]
    side = over if len(over) >= TOP else over + [row for row in terms if row.direction == "under"]
    ranked = sorted(side, key=strength, reverse=True)
    return [row for row in ranked if strength(row) >= strength(ranked[min(TOP, len(ranked)) - 1])]


def strength(row: EvidenceRow) -> float:
    """Return the rank of a row within its packet: |v-test|, or minus FDR; higher is stronger."""
    return abs(row.v) if row.v is not None else -(row.fdr if row.fdr is not None else row.p)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
