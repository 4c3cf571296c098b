"""True summaries in several surface forms: the same evidence in the words of different writers.

Each form takes a packet and returns a summary in the acceptance schema. Some use tokens, some type
labels, numbers and symbols out, as a model may. All start from the template's fields and replace
title and claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.summary.checks.whole import strength, top_rows
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.tokens import format_number

Summary = dict[str, Any]
Form = Callable[[EvidencePacket], Summary]
MAX_LABEL = 90  # characters of a label that a sentence can carry twice


@dataclass(frozen=True, slots=True)
class Told:
    """A row in the words that the forms use."""

    row: EvidenceRow

    @property
    def token(self) -> str:
        """Its label as a token."""
        return f"{{{{{self.row.id}}}}}"

    @property
    def low(self) -> str:
        """Its label as it stands within a sentence."""
        first = self.row.label.split(" ")[0]
        is_name = any(char.isupper() or char.isdigit() for char in first[1:])
        return self.row.label if is_name else self.row.label[0].lower() + self.row.label[1:]

    @property
    def cap(self) -> str:
        """Its label at the start of a sentence."""
        return self.row.label[0].upper() + self.row.label[1:]

    @property
    def count(self) -> str:
        """`23 of 41`, typed."""
        return f"{self.row.k} of {self.row.n}"

    @property
    def often(self) -> str:
        """More or less often."""
        return "more often" if self.row.direction == "over" else "less often"

    @property
    def sided(self) -> str:
        """Over- or under-represented."""
        return f"{self.row.direction}-represented"

    @property
    def title(self) -> str:
        """A title of 8 to 80 characters."""
        lead = "" if self.row.direction == "over" else "Few with "
        text = f"{lead}{self.low}" if lead else self.cap
        return text if 8 <= len(text) <= 80 else f"{lead}{self.token} in this cluster"


Claim = tuple[Sequence[Told], str]


def plain(packet: EvidencePacket) -> Summary:
    """Everything typed out: labels, counts, FDR."""
    first, *more = _rows(packet)
    if packet.cluster_type == "functional":
        fdr = format_number("fdr", first.row.fdr or 0.0)
        claims = [
            _say(
                f"Of the {packet.n_members} genes in this cluster, {first.row.k} are annotated to "
                f"{first.low} (FDR {fdr}).",
                first,
            ),
            *(_say(f"A second signal is {r.low}, with {r.count} genes.", r) for r in more[:1]),
            _say(f"No stronger signal than {first.low} was found among the genes.", first),
        ]
    else:
        v = format_number("v", first.row.v or 0.0)
        claims = [
            _say(
                f"{first.cap} is recorded in {first.count} entities, {first.often} than elsewhere.",
                first,
            ),
            *(
                _say(f"{r.cap} is {r.often} recorded than in other entities ({r.count}).", r)
                for r in more[:2]
            ),
            _say(f"With a v-test of {v}, {first.low} is {first.sided}.", first),
        ]
    return _summary(packet, claims, _say(first.title, first))


def academic(packet: EvidencePacket) -> Summary:
    """Long sentences with tokens."""
    first, *more = _rows(packet)
    what = "genes" if packet.cluster_type == "functional" else "disease entities"
    same = [first, *(told for told in more if told.row.direction == first.row.direction)][:3]
    named = " as well as ".join(told.token for told in same)
    side = "an over" if first.row.direction == "over" else "an under"
    number = f"{{{{{first.row.id}.k}}}} out of {{{{{first.row.id}.n}}}}"
    few = "" if first.row.direction == "over" else "few cases of "
    claims = [
        _say(f"Taken together, the {{{{N}}}} {what} show {side}-representation of {named}.", *same),
        _say(f"In particular, {number} {what} carry {first.token}, which is {first.sided}.", first),
    ]
    return _summary(packet, claims, _say(f"A cluster with {few}{first.token}", first))


def counted(packet: EvidencePacket) -> Summary:
    """Shares and quantifiers instead of counts."""
    rows = _rows(packet)[:3]
    functional = packet.cluster_type == "functional"
    what = "genes" if functional else "entities"
    claims = []
    for told in rows:
        share = (told.row.k or 0) / (told.row.n or 1)
        amount = f"About {100 * share:.0f} % of the {what}"
        if share >= 0.5:
            amount = f"Nearly all {what}" if share >= 0.9 else f"Most {what}"
        still = "" if told.row.direction == "over" else "which is still "
        tail = "" if functional else f", {still}{told.often} than elsewhere"
        claims.append(_say(f"{amount} have {told.low} on record{tail}.", told))
    first = rows[0]
    rank = "The leading" if first.row in top_rows(packet)[:1] else "One"
    claims.append(_say(f"{rank} signal of the cluster is {first.token}, {first.sided}.", first))
    return _summary(packet, claims, _say(first.title, first))


def named(packet: EvidencePacket) -> Summary:
    """Members named where there are genes; features listed where there are entities."""
    first, *more = _rows(packet)
    if packet.cluster_type == "functional":
        genes = first.row.genes[:4]
        claims = [
            _say(
                f"Genes such as {_listing(genes)} belong to {first.low}, for which the cluster is "
                "enriched.",
                first,
            ),
            *(
                _say(f"{r.row.genes[0]} is one of {r.row.k} members that belong to {r.token}.", r)
                for r in more[:2]
            ),
            _say(
                f"{{{{G:{genes[0]}}}}} stands for the main signal, {first.token}, in this set.",
                first,
            ),
        ]
    else:
        over = [told for told in (first, *more) if told.row.direction == "over"][:3]
        under = [told for told in (first, *more) if told.row.direction == "under"][:3]
        claims = [
            _say(f"{lead} {_listing([told.low for told in rows])}.", *rows)
            for lead, rows in (
                ("Prominent features are", over),
                ("Rarely recorded features are", under),
            )
            if rows
        ]
        claims.append(
            _say(f"{first.token} tells this cluster from the others: it is {first.sided}.", first)
        )
    return _summary(packet, claims, _say(first.title, first))


def hedged(packet: EvidencePacket) -> Summary:
    """Careful wording, with ids in brackets and a disclaimer of cause."""
    first, *more = _rows(packet)
    same = [told for told in more if told.row.direction == first.row.direction][:2]
    claims = [
        _say(
            f"The evidence is in line with a role for {first.low} ({first.row.term_id}), which is "
            f"{first.sided}; this does not show a cause.",
            first,
        ),
        *(_say(f"To a lesser degree, {r.token} appears to be {r.sided} as well.", r) for r in same),
        _say(f"Seen over the {packet.n_members} members, {first.token} is {first.sided}.", first),
    ]
    title = f"{first.cap}, {first.sided}"
    return _summary(packet, claims, _say(title if len(title) <= 80 else first.title, first))


def template(packet: EvidencePacket) -> Summary:
    """The template of the product, as JSON values."""
    return template_summary(packet).model_dump(mode="json")


FORMS: Mapping[str, Form] = {
    "template": template,
    "plain": plain,
    "academic": academic,
    "counted": counted,
    "named": named,
    "hedged": hedged,
}


def _say(text: str, *rows: Told) -> Claim:
    return rows, text


def _summary(packet: EvidencePacket, claims: Sequence[Claim], title: Claim) -> Summary:
    """Put claims and title into the template's other fields."""
    written = []
    for rows, text in claims:
        direction = rows[0].row.direction
        functional = packet.cluster_type == "functional"
        written.append(
            {
                "evidence": [told.row.id for told in rows],
                "kind": "function" if functional else f"phenotype_{direction}",
                "hedge": "stated",
                **({"genes": []} if functional else {"polarity": direction}),
                "text": text,
            }
        )
    return {
        **template(packet),
        "claims": written,
        "title": {"evidence": [told.row.id for told in title[0]], "text": title[1]},
    }


def _rows(packet: EvidencePacket) -> list[Told]:
    """Return up to three strong rows of the leading side, then up to three others; short labels."""
    side = top_rows(packet)[0].direction
    terms = sorted((row for row in packet.rows if row.kind == "term"), key=strength, reverse=True)
    short = [row for row in terms if len(row.label) <= MAX_LABEL] or terms
    leading = [row for row in short if row.direction == side] or short
    others = [row for row in short if row.direction != side]
    return [Told(row) for row in (*leading[:3], *(others or leading[3:])[:3])]


def _listing(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
