"""Checks of what a summary refers to: rows, terms, genes and ids (D02, D03, D04, D07)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cluster_assets.core.models import EvidenceRow
from cluster_assets.core.packet import usable_terms
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.parts import Part
from cluster_assets.core.summary.checks.words import content_words, normalise, same_word
from cluster_assets.core.summary.findings import Finding

TERM_ID = re.compile(
    r"\b(?:GO:\d+|HP:\d+|MONDO:\d+|OMIM:\d+|ORPHA:\d+|HGNC:\d+|R-HSA-\d+|hsa\d{5}|WP\d{2,5}|"
    r"KEGG:\w+|REAC:[\w-]+)\b"
)


def cites_existing_rows(context: Context) -> Iterator[Finding]:
    """D02: each item cites at least one row, every cited row and every token exists."""
    has_terms = bool(usable_terms(context.packet))
    known = f"rows of the packet: {', '.join(context.rows) or 'none'}"
    for part in context.parts:
        missing = [row_id for row_id in part.evidence if row_id not in context.rows]
        if missing or (not part.evidence and has_terms):
            yield Finding(part.ref, "D02", ", ".join(missing) or part.text, known)
        if part.unknown:
            yield Finding(
                part.ref,
                "D02",
                ", ".join(part.unknown),
                "`{{N}}`, `{{E01}}`, `{{E01.k}}`, `{{G:SYMBOL}}` of rows and members of the packet",
            )


def terms_agree(context: Context) -> Iterator[Finding]:
    """D03: evidence id, term id and label name the same row; theme and tag use its words."""
    for part in context.parts:
        rows = context.cited(part)
        if not rows:
            continue
        if term := part.term:
            row = rows[0]
            if term.term_id != row.term_id or normalise(term.label) != normalise(row.label):
                span = f"{term.term_id} {term.label}"
                yield Finding(part.ref, "D03", span, f"{row.id} is {row.term_id} `{row.label}`")
        elif part.section in {"key_themes", "tags"} and not _uses_words_of(part, rows, context):
            allowed = "words of " + "; ".join(f"{row.id} `{row.label}`" for row in rows)
            yield Finding(part.ref, "D03", part.text, allowed)


def genes_are_members(context: Context) -> Iterator[Finding]:
    """D04: genes listed for a claim are members; an earlier symbol of a member counts."""
    for part in context.parts:
        for gene in part.genes:
            if member_symbol(gene, context) is None:
                yield Finding(part.ref, "D04", gene, "symbols of members")


def ids_are_in_packet(context: Context) -> Iterator[Finding]:
    """D07: an id typed in prose belongs to a row or a member of the packet.

    An id inside the label of a cited row is part of that label: some gene sets have names such as
    `Axon Guidance R-HSA-422475`.
    """
    known = {row.term_id for row in context.packet.rows}
    known |= {piece for member in context.packet.members for piece in member.id.split("|")}
    for part in context.parts:
        labels = " ".join(row.label for row in context.cited(part))
        for match in TERM_ID.finditer(part.text):
            if match[0] not in known and match[0] not in TERM_ID.findall(labels):
                yield Finding(part.ref, "D07", match[0], "no ids in prose; cite the row instead")


def member_symbol(gene: str, context: Context) -> str | None:
    """Return the current symbol of the member named by a symbol, alias or earlier symbol.

    An approved symbol takes precedence: 678 aliases equal the approved symbol of another gene.
    """
    if gene in context.symbols:
        return gene
    if gene in context.vocabulary.symbols:
        return None
    bearers = context.vocabulary.aliases.get(gene, frozenset())
    return next((m.label for m in context.packet.members if m.id in bearers), None)


def _uses_words_of(part: Part, rows: list[EvidenceRow], context: Context) -> bool:
    """Return whether a free label shares a word with the label or a synonym of a cited row."""
    own = content_words(part.text)
    theirs = context.words_of(rows)
    return not own or any(same_word(one, other) for one in own for other in theirs)
