"""The summary that code writes alone: true by construction, the floor when no model text passes.

Every sentence is a frame around reference tokens, so nothing in it is typed by hand. It goes
through the same checks as a model's text; that it passes them is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cluster_assets.core.models import Direction, EvidencePacket, EvidenceRow
from cluster_assets.core.packet import is_sufficient, packet_sha256, usable_terms
from cluster_assets.core.summary.caveats import required_caveats
from cluster_assets.core.summary.checks.form import MIN_TITLE
from cluster_assets.core.summary.checks.whole import strength
from cluster_assets.core.summary.checks.words import TAG_LENGTH, content_words, cut, search_word
from cluster_assets.core.summary.confidence import derive_confidence
from cluster_assets.core.summary.schema import MAX_SENTENCE, SCHEMA_VERSION

MAX_THEMES = 4
MAX_GENES = 4
MAX_TAGS = 5
TITLE_LENGTH = 80
THEME_LENGTH = 60
_SIMILAR = 0.7


def template_summary(packet: EvidencePacket, packet_hash: str | None = None) -> dict[str, Any]:
    """Write a summary in the acceptance schema, with reference tokens.

    Sibling clusters get different texts because their rows, numbers and genes differ.

    Args:
        packet: the evidence.
        packet_hash: of the whole packet, where `packet` is only what a prompt shows of it.
    """
    terms = usable_terms(packet)
    ranked = sorted(terms, key=strength, reverse=True)
    over = _distinct([row for row in ranked if row.direction == "over"])
    under = _distinct([row for row in ranked if row.direction == "under"])
    sufficient = is_sufficient(packet)
    functional = packet.cluster_type == "functional"
    claims = _functional_claims(over) if functional else _phenotype_claims(packet, over, under)
    head = {
        "schema_version": SCHEMA_VERSION,
        "cluster_type": packet.cluster_type,
        "packet_hash": packet_hash or packet_sha256(packet),
        "insufficient_evidence": not sufficient,
        "claims": claims,
        "key_themes": [
            {"evidence": [row.id], "label": cut(row.label, THEME_LENGTH)} for row in over
        ],
    }
    return {
        **head,
        **(_functional_fields(over) if functional else _phenotype_fields(packet, over, under)),
        "clinical_relevance": [],
        "tags": _tags([row for row in ranked if row.direction == "over"]),
        "caveats": list(required_caveats(packet)),
        "confidence": derive_confidence(packet).level,
        "title": _title(packet, over, under),
    }


def _functional_claims(rows: Sequence[EvidenceRow]) -> list[dict[str, Any]]:
    if not rows:
        return []
    first, *others = rows
    verb = "linked to the phenotype" if first.source == "HPO" else "annotated to it"
    claims = [
        _claim(
            [first],
            f"The {{{{N}}}} genes of this cluster are enriched for {_label(first)}: "
            f"{_number(first, 'k')} of {_number(first, 'n')} are {verb} "
            f"(FDR {_number(first, 'fdr')}).",
            kind="function",
        )
    ]
    if others:
        named = [f"{_label(row)} ({_number(row, 'k')} of {_number(row, 'n')})" for row in others]
        claims.append(
            _claim(others, f"Also enriched in the cluster: {_listing(named)}.", kind="function")
        )
    else:
        claims.append(
            _claim(
                [first],
                f"The strongest signal of the cluster, and the only one, is {_label(first)}.",
                kind="composition",
            )
        )
    genes = _typical_genes(rows)
    while genes and len(_genes_text(first, genes)) > MAX_SENTENCE:
        genes = genes[:-1]
    if genes:
        text = _genes_text(first, genes)
        claims.append(_claim([first], text, kind="composition", genes=genes))
    return claims


def _genes_text(row: EvidenceRow, genes: Sequence[str]) -> str:
    tokens = _listing([f"{{{{G:{gene}}}}}" for gene in genes])
    return f"Members annotated to {_label(row)} include {tokens}."


def _functional_fields(rows: Sequence[EvidenceRow]) -> dict[str, Any]:
    return {"pathways": [_term(row) for row in rows]}


def _phenotype_claims(
    packet: EvidencePacket, over: Sequence[EvidenceRow], under: Sequence[EvidenceRow]
) -> list[dict[str, Any]]:
    claims = []
    if over:
        first, *others = over
        claims.append(
            _claim(
                [first],
                f"The {{{{N}}}} disease entities of this cluster stand out by {_label(first)}, "
                f"recorded more often here than elsewhere: in {_number(first, 'k')} of "
                f"{_number(first, 'n')} (v-test {_number(first, 'v')}).",
                kind="phenotype_over",
            )
        )
        if others:
            named = [
                f"{_label(row)} ({_number(row, 'k')} of {_number(row, 'n')})" for row in others
            ]
            text = f"Also recorded more often than elsewhere: {_listing(named)}."
            claims.append(_claim(others, text, kind="phenotype_over"))
    if under:
        named = [f"{_label(row)} ({_number(row, 'k')} of {_number(row, 'n')})" for row in under]
        text = f"Recorded less often here than elsewhere: {_listing(named)}."
        claims.append(_claim(under, text, kind="phenotype_under"))
    claims += [_inheritance_claim(row) for row in _positive_inheritance(packet)[:1]]
    claims += [_count_claim(row) for row in packet.rows if row.kind == "count"][:1]
    if len(claims) == 1 and (over or under):
        only = (over or under)[0]
        side = "over" if over else "under"
        claims.append(
            _claim(
                [only],
                f"Only one feature sets the cluster apart: {_label(only)}, {side}-represented.",
                kind="composition",
            )
        )
    return claims


def _phenotype_fields(
    packet: EvidencePacket, over: Sequence[EvidenceRow], under: Sequence[EvidenceRow]
) -> dict[str, Any]:
    return {
        "notably_absent": [_term(row) for row in under],
        "clinical_pattern": {
            "evidence": [row.id for row in (*over, *under)][:2],
            "value": "undetermined",
        },
        "inheritance": [_term(row) for row in _positive_inheritance(packet)[:3]],
        "syndromicity": "unknown",
    }


def _inheritance_claim(row: EvidenceRow) -> dict[str, Any]:
    text = (
        f"{_label(row)} is more frequent here than elsewhere: "
        f"{_number(row, 'k')} of {_number(row, 'n')} entities."
    )
    return _claim([row], text, kind="inheritance")


def _count_claim(row: EvidenceRow) -> dict[str, Any]:
    word = "higher" if row.direction == "over" else "lower"
    text = (
        f"{_label(row)}: {word} here than elsewhere, {_number(row, 'mean')} on average "
        f"against {_number(row, 'overall_mean')} over all entities."
    )
    return _claim([row], text, kind="burden")


def _claim(
    rows: Sequence[EvidenceRow], text: str, *, kind: str, genes: Sequence[str] | None = None
) -> dict[str, Any]:
    """Build a claim; functional rows have no v-test and their claims list genes."""
    head: dict[str, Any] = {"evidence": [row.id for row in rows], "kind": kind, "hedge": "stated"}
    if kind in {"function"} or rows[0].fdr is not None:
        return {**head, "genes": list(genes or ()), "text": text}
    return {**head, "polarity": rows[0].direction, "text": text}


def _title(
    packet: EvidencePacket, over: Sequence[EvidenceRow], under: Sequence[EvidenceRow]
) -> dict[str, Any]:
    noun = "genes" if packet.cluster_type == "functional" else "disease entities"
    rows = (over or under)[:2]
    if not rows:
        return {"evidence": [], "text": f"{{{{N}}}} {noun} without a shared term"}
    lead = "" if over else "Rarely recorded: "
    names = lead + " and ".join(row.label for row in rows)
    if len(rows) == 2 and MIN_TITLE <= len(names) <= TITLE_LENGTH:
        return {
            "evidence": [row.id for row in rows],
            "text": lead + " and ".join(_label(row) for row in rows),
        }
    return {"evidence": [rows[0].id], "text": f"{lead}{_label(rows[0])} ({{{{N}}}} {noun})"}


def _distinct(rows: Sequence[EvidenceRow]) -> list[EvidenceRow]:
    """Return up to four rows in their order that say different things, and two if there are two."""
    chosen: list[EvidenceRow] = []
    for row in rows:
        if len(chosen) < MAX_THEMES and not any(_alike(row, other) for other in chosen):
            chosen.append(row)
    if len(chosen) == 1 and len(rows) > 1:
        chosen.append(rows[1])
    return chosen


def _alike(row: EvidenceRow, other: EvidenceRow) -> bool:
    """Tell whether two rows share most of their genes or of the words that mean something."""
    pairs = (
        (set(row.genes), set(other.genes)),
        (content_words(row.label), content_words(other.label)),
    )
    return any(a and b and len(a & b) / min(len(a), len(b)) >= _SIMILAR for a, b in pairs)


def _typical_genes(rows: Sequence[EvidenceRow]) -> list[str]:
    """Return genes of the first row, those in most of the chosen rows first."""
    shared = {gene: sum(gene in row.genes for row in rows) for gene in rows[0].genes}
    return sorted(shared, key=lambda gene: (-shared[gene], gene))[:MAX_GENES]


def _positive_inheritance(packet: EvidencePacket) -> list[EvidenceRow]:
    wanted: Direction = "over"
    return [row for row in packet.rows if row.kind == "inheritance" and row.direction == wanted]


def _tags(rows: Sequence[EvidenceRow]) -> list[dict[str, str]]:
    """Return up to five search words, from labels that need no cutting where there are enough."""
    tags: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: len(row.label) > TAG_LENGTH):
        tag = search_word(row.label)
        if tag and tag not in tags and len(tags) < MAX_TAGS:
            tags[tag] = row.id
    return [{"evidence": row_id, "tag": tag} for tag, row_id in tags.items()]


def _term(row: EvidenceRow) -> dict[str, str]:
    return {"evidence": row.id, "term_id": row.term_id, "label": row.label}


def _label(row: EvidenceRow) -> str:
    return f"{{{{{row.id}}}}}"


def _number(row: EvidenceRow, field: str) -> str:
    return f"{{{{{row.id}.{field}}}}}"


def _listing(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
