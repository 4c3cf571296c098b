"""A summary split into parts: one per item that a reader sees, with its words prepared.

Labels are masked here, once, because 22 % of the official HPO labels contain words that a wording
check would object to ("Absent speech", "Ameliorated by ketogenic diet").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cluster_assets.core.models import Direction, EvidencePacket
from cluster_assets.core.summary.checks.words import PhraseIndex
from cluster_assets.core.summary.reading import place
from cluster_assets.core.summary.schema import (
    FunctionalClaim,
    Item,
    PhenotypeClaim,
    PhenotypeSummary,
    Section,
    Summary,
    Term,
)
from cluster_assets.core.summary.tokens import Span, fill

MASK = "□"
_SENTENCES: frozenset[Section] = frozenset({"claims", "clinical_relevance"})
_SAYS_NOTHING = frozenset({"undetermined", "unknown"})


@dataclass(frozen=True)
class Part:
    """One item of a summary that a reader sees, with the rows it rests on.

    Attributes:
        ref: its name in findings, e.g. `claim.2`.
        section: the field of the summary that holds it.
        evidence: ids of the cited rows.
        item: the item as written.
        text: its words with the tokens filled in.
        masked: the text with labels and filled-in tokens replaced, character by character.
        mentions: places of row labels, typed or as a token.
        fills: places of filled-in tokens.
        unknown: tokens that have no meaning in this packet.
    """

    ref: str
    section: Section
    evidence: tuple[str, ...]
    item: Item
    text: str
    masked: str
    mentions: tuple[Span, ...]
    fills: tuple[Span, ...]
    unknown: tuple[str, ...]

    @property
    def is_sentence(self) -> bool:
        """Whether it is a claim of either kind."""
        return self.section in _SENTENCES

    @property
    def is_prose(self) -> bool:
        """Whether its words are the writer's own: a claim or the title."""
        return self.is_sentence or self.section == "title"

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes that a claim lists."""
        return self.item.genes if isinstance(self.item, FunctionalClaim) else ()

    @property
    def polarity(self) -> Direction | None:
        """The direction that a claim states, None for other items."""
        return self.item.polarity if isinstance(self.item, PhenotypeClaim) else None

    @property
    def term(self) -> Term | None:
        """The item where it is a copied row, None for other items."""
        return self.item if isinstance(self.item, Term) else None


def parts_of(
    summary: Summary,
    packet: EvidencePacket,
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Part, ...]:
    """Split a summary into parts, the title first, then in reading order.

    Args:
        summary: with tokens.
        packet: its evidence.
        synonyms: exact synonyms by term id; they stand for the row just like its label.
    """
    return tuple(_Dissection(packet, synonyms or {}).parts(summary))


class _Dissection:
    """The labels of one packet, prepared for search."""

    def __init__(self, packet: EvidencePacket, synonyms: Mapping[str, Sequence[str]]) -> None:
        self._packet = packet
        self._order = {row.id: position for position, row in enumerate(packet.rows)}
        self._labels = PhraseIndex.build(
            (phrase, row.id)
            for row in packet.rows
            for phrase in (row.label, *synonyms.get(row.term_id, ()))
        )

    def parts(self, summary: Summary) -> Iterator[Part]:
        yield self._part("title", "title", summary.title, summary.title.words)
        for section, items in summary.lists.items():
            for index, item in enumerate(items):
                yield self._part(section, place((section, index)), item, item.words)
        if isinstance(summary, PhenotypeSummary):
            pattern, kind = summary.clinical_pattern, summary.syndromicity
            if pattern.value not in _SAYS_NOTHING:
                yield self._part("clinical_pattern", "pattern", pattern, pattern.value)
            if kind not in _SAYS_NOTHING:  # it rests on the rows of the pattern
                yield self._part("syndromicity", "syndromicity", pattern, kind)

    def _part(self, section: Section, ref: str, item: Item, words: str) -> Part:
        filled = fill(words, self._packet)
        mentions = self._mentions(filled.text, filled.spans)
        return Part(
            ref=ref,
            section=section,
            evidence=item.cited,
            item=item,
            text=filled.text,
            masked=_mask(filled.text, (*filled.spans, *mentions)),
            mentions=mentions,
            fills=filled.spans,
            unknown=filled.unknown,
        )

    def _mentions(self, text: str, fills: Sequence[Span]) -> tuple[Span, ...]:
        """Return label tokens, and typed labels outside of tokens."""
        found = [span for span in fills if span.kind == "label"]
        for match in self._labels.find(text):
            if not any(match.start < span.end and span.start < match.end for span in fills):
                row_id = min(match.ids, key=self._order.__getitem__)
                found.append(Span(match.start, match.end, "label", row_id))
        return tuple(sorted(found, key=lambda span: span.start))


def _mask(text: str, spans: Sequence[Span]) -> str:
    letters = list(text)
    for span in spans:
        letters[span.start : span.end] = MASK * (span.end - span.start)
    return "".join(letters)
