"""The summary that code writes alone: true by construction, the floor when no model text passes.

Every sentence is a frame around reference tokens, so nothing in it is typed by hand. It goes
through the same checks as a model's text; a test asserts that it passes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.packet import is_sufficient, packet_sha256, usable_terms
from cluster_assets.core.summary.caveats import functional_caveats, phenotype_caveats
from cluster_assets.core.summary.checks.form import MIN_TITLE
from cluster_assets.core.summary.checks.whole import strength
from cluster_assets.core.summary.checks.words import TAG_LENGTH, content_words, cut, search_word
from cluster_assets.core.summary.confidence import derive_confidence
from cluster_assets.core.summary.schema import (
    MAX_SENTENCE,
    MAX_THEME,
    MAX_TITLE,
    SCHEMA_VERSION,
    FunctionalClaim,
    FunctionalSummary,
    Pattern,
    PhenotypeClaim,
    PhenotypeSummary,
    Summary,
    Tag,
    Term,
    Theme,
    Title,
)

MAX_THEMES = 4
MAX_GENES = 4
MAX_TAGS = 5
_SIMILAR = 0.7


def template_summary(packet: EvidencePacket, sha256: str | None = None) -> Summary:
    """Write a summary with reference tokens.

    Sibling clusters get different texts because their rows, numbers and genes differ.

    Args:
        packet: the evidence.
        sha256: hash of the whole packet, when `packet` is only the view of it in a prompt.
    """
    ranked = sorted(usable_terms(packet), key=strength, reverse=True)
    rows = _Rows(
        over=_distinct([row for row in ranked if row.direction == "over"]),
        under=_distinct([row for row in ranked if row.direction == "under"]),
        tagged=[row for row in ranked if row.direction == "over"],
        inheritance=[r for r in packet.rows if r.kind == "inheritance" and r.direction == "over"],
    )
    write = _functional if packet.cluster_type == "functional" else _phenotype
    return write(packet, rows, sha256 or packet_sha256(packet))


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that a text rests on: terms of either direction, terms for tags, inheritance."""

    over: Sequence[EvidenceRow]
    under: Sequence[EvidenceRow]
    tagged: Sequence[EvidenceRow]
    inheritance: Sequence[EvidenceRow]


def _functional(packet: EvidencePacket, rows: _Rows, sha256: str) -> FunctionalSummary:
    return FunctionalSummary(
        schema_version=SCHEMA_VERSION,
        cluster_type="functional",
        packet_hash=sha256,
        insufficient_evidence=not is_sufficient(packet),
        claims=tuple(_functional_claims(rows.over)),
        key_themes=_themes(rows.over),
        pathways=_terms(rows.over),
        clinical_relevance=(),
        tags=_tags(rows.tagged),
        caveats=functional_caveats(packet),
        confidence=derive_confidence(packet).level,
        title=_title("genes", rows),
    )


def _phenotype(packet: EvidencePacket, rows: _Rows, sha256: str) -> PhenotypeSummary:
    shown = (*rows.over, *rows.under)[:2]
    return PhenotypeSummary(
        schema_version=SCHEMA_VERSION,
        cluster_type="phenotype",
        packet_hash=sha256,
        insufficient_evidence=not is_sufficient(packet),
        claims=tuple(_phenotype_claims(packet, rows)),
        key_themes=_themes(rows.over),
        notably_absent=_terms(rows.under),
        clinical_pattern=Pattern(evidence=_ids(shown), value="undetermined"),
        inheritance=_terms(rows.inheritance[:3]),
        syndromicity="unknown",
        clinical_relevance=(),
        tags=_tags(rows.tagged),
        caveats=phenotype_caveats(packet),
        confidence=derive_confidence(packet).level,
        title=_title("disease entities", rows),
    )


def _functional_claims(rows: Sequence[EvidenceRow]) -> list[FunctionalClaim]:
    if not rows:
        return []
    first, *others = rows
    verb = "linked to the phenotype" if first.source == "HPO" else "annotated to it"
    claims = [
        _on_genes(
            [first],
            f"The {{{{N}}}} genes of this cluster are enriched for {_label(first)}: "
            f"{_share(first)} are {verb} (FDR {_number(first, 'fdr')}).",
            "function",
        )
    ]
    if others:
        text = f"Also enriched in the cluster: {_listing(_with_shares(others))}."
        claims.append(_on_genes(others, text, "function"))
    else:
        text = f"The strongest signal of the cluster, and the only one, is {_label(first)}."
        claims.append(_on_genes([first], text, "composition"))
    genes = _typical_genes(rows)
    while genes and len(_genes_text(first, genes)) > MAX_SENTENCE:
        genes = genes[:-1]
    if genes:
        claims.append(_on_genes([first], _genes_text(first, genes), "composition", genes))
    return claims


def _genes_text(row: EvidenceRow, genes: Sequence[str]) -> str:
    tokens = _listing([f"{{{{G:{gene}}}}}" for gene in genes])
    return f"Members annotated to {_label(row)} include {tokens}."


def _phenotype_claims(packet: EvidencePacket, rows: _Rows) -> list[PhenotypeClaim]:
    claims: list[PhenotypeClaim] = []
    if rows.over:
        first, *others = rows.over
        text = (
            f"The {{{{N}}}} disease entities of this cluster stand out by {_label(first)}, "
            f"recorded more often here than elsewhere: in {_share(first)} "
            f"(v-test {_number(first, 'v')})."
        )
        claims.append(_on_entities([first], text, "phenotype_over"))
        if others:
            text = f"Also recorded more often than elsewhere: {_listing(_with_shares(others))}."
            claims.append(_on_entities(others, text, "phenotype_over"))
    if rows.under:
        text = f"Recorded less often here than elsewhere: {_listing(_with_shares(rows.under))}."
        claims.append(_on_entities(rows.under, text, "phenotype_under"))
    claims += [_inheritance_claim(row) for row in rows.inheritance[:1]]
    claims += [_count_claim(row) for row in packet.rows if row.kind == "count"][:1]
    if len(claims) == 1 and (rows.over or rows.under):
        only = (rows.over or rows.under)[0]
        text = (
            f"Only one feature sets the cluster apart: {_label(only)}, "
            f"{'over' if rows.over else 'under'}-represented."
        )
        claims.append(_on_entities([only], text, "composition"))
    return claims


def _inheritance_claim(row: EvidenceRow) -> PhenotypeClaim:
    text = f"{_label(row)} is more frequent here than elsewhere: {_share(row)} entities."
    return _on_entities([row], text, "inheritance")


def _count_claim(row: EvidenceRow) -> PhenotypeClaim:
    word = "higher" if row.direction == "over" else "lower"
    text = (
        f"{_label(row)}: {word} here than elsewhere, {_number(row, 'mean')} on average "
        f"against {_number(row, 'overall_mean')} over all entities."
    )
    return _on_entities([row], text, "burden")


def _on_genes(
    rows: Sequence[EvidenceRow],
    text: str,
    kind: Literal["function", "composition"],
    genes: Sequence[str] = (),
) -> FunctionalClaim:
    return FunctionalClaim(
        evidence=_ids(rows), kind=kind, hedge="stated", genes=tuple(genes), text=text
    )


def _on_entities(
    rows: Sequence[EvidenceRow],
    text: str,
    kind: Literal["phenotype_over", "phenotype_under", "inheritance", "burden", "composition"],
) -> PhenotypeClaim:
    return PhenotypeClaim(
        evidence=_ids(rows), kind=kind, hedge="stated", polarity=rows[0].direction, text=text
    )


def _title(noun: str, rows: _Rows) -> Title:
    shown = (rows.over or rows.under)[:2]
    if not shown:
        return Title(evidence=(), text=f"{{{{N}}}} {noun} without a shared term")
    lead = "" if rows.over else "Rarely recorded: "
    names = lead + " and ".join(row.label for row in shown)
    if len(shown) == 2 and MIN_TITLE <= len(names) <= MAX_TITLE:
        return Title(evidence=_ids(shown), text=lead + " and ".join(_label(row) for row in shown))
    text = f"{lead}{_label(shown[0])} ({{{{N}}}} {noun})"
    return Title(evidence=_ids(shown[:1]), text=text)


def _distinct(rows: Sequence[EvidenceRow]) -> list[EvidenceRow]:
    """Return up to four rows that say different things, in order; at least two if there are two."""
    chosen: list[EvidenceRow] = []
    for row in rows:
        if len(chosen) < MAX_THEMES and not any(_alike(row, other) for other in chosen):
            chosen.append(row)
    if len(chosen) == 1 and len(rows) > 1:
        chosen.append(rows[1])
    return chosen


def _alike(row: EvidenceRow, other: EvidenceRow) -> bool:
    """Return whether two rows share most of their genes or of their content words."""
    pairs = (
        (set(row.genes), set(other.genes)),
        (content_words(row.label), content_words(other.label)),
    )
    return any(a and b and len(a & b) / min(len(a), len(b)) >= _SIMILAR for a, b in pairs)


def _typical_genes(rows: Sequence[EvidenceRow]) -> list[str]:
    """Return genes of the first row, genes in most of the chosen rows first."""
    shared = {gene: sum(gene in row.genes for row in rows) for gene in rows[0].genes}
    return sorted(shared, key=lambda gene: (-shared[gene], gene))[:MAX_GENES]


def _tags(rows: Sequence[EvidenceRow]) -> tuple[Tag, ...]:
    """Return up to five search words, preferably of labels that need no cutting."""
    tags: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: len(row.label) > TAG_LENGTH):
        tag = search_word(row.label)
        if tag and tag not in tags and len(tags) < MAX_TAGS:
            tags[tag] = row.id
    return tuple(Tag(evidence=row_id, tag=tag) for tag, row_id in tags.items())


def _themes(rows: Sequence[EvidenceRow]) -> tuple[Theme, ...]:
    return tuple(Theme(evidence=(row.id,), label=cut(row.label, MAX_THEME)) for row in rows)


def _terms(rows: Sequence[EvidenceRow]) -> tuple[Term, ...]:
    return tuple(Term(evidence=row.id, term_id=row.term_id, label=row.label) for row in rows)


def _ids(rows: Sequence[EvidenceRow]) -> tuple[str, ...]:
    return tuple(row.id for row in rows)


def _label(row: EvidenceRow) -> str:
    return f"{{{{{row.id}}}}}"


def _number(row: EvidenceRow, field: str) -> str:
    return f"{{{{{row.id}.{field}}}}}"


def _share(row: EvidenceRow) -> str:
    return f"{_number(row, 'k')} of {_number(row, 'n')}"


def _with_shares(rows: Sequence[EvidenceRow]) -> list[str]:
    return [f"{_label(row)} ({_share(row)})" for row in rows]


def _listing(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
