"""A summary taken apart: one part for each item that a reader sees, with its words prepared.

Labels are masked here, once, because 22 % of the official HPO labels hold words that would trip a
check of wording ("Absent speech", "Ameliorated by ketogenic diet").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.summary.checks.words import PhraseIndex
from cluster_assets.core.summary.schema import place
from cluster_assets.core.summary.tokens import Span, fill

MASK = "□"
Section = Literal[
    "claims",
    "clinical_relevance",
    "key_themes",
    "pathways",
    "notably_absent",
    "inheritance",
    "clinical_pattern",
    "syndromicity",
    "tags",
    "title",
]
_LISTS: tuple[Section, ...] = (
    "claims",
    "clinical_relevance",
    "key_themes",
    "pathways",
    "notably_absent",
    "inheritance",
    "tags",
)
_SENTENCES: frozenset[Section] = frozenset({"claims", "clinical_relevance"})
_SAYS_NOTHING = frozenset({"undetermined", "unknown"})
_TEXT_FIELDS = ("text", "label", "tag")


@dataclass(frozen=True)
class Part:
    """One item of a summary that a reader sees, with the rows it rests on.

    Attributes:
        ref: its name in findings, e.g. `claim.2`.
        section: the field of the summary it stands in.
        evidence: ids that it cites.
        value: the item as written.
        text: its words with the tokens filled in.
        masked: the same with labels and filled-in tokens replaced, letter for letter.
        mentions: where a row's label stands, typed or as a token.
        fills: where tokens were filled in.
        unknown: tokens that stand for nothing.
    """

    ref: str
    section: Section
    evidence: tuple[str, ...]
    value: Mapping[str, Any]
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


def parts_of(
    summary: Mapping[str, Any],
    packet: EvidencePacket,
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Part, ...]:
    """Take a summary apart, title first, then in the order of a reader.

    Args:
        summary: in the acceptance schema.
        packet: its evidence.
        synonyms: exact synonyms by term id; they stand for the row like its label.
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

    def parts(self, summary: Mapping[str, Any]) -> Iterator[Part]:
        yield self._part("title", "title", summary["title"])
        for section in _LISTS:
            for index, value in enumerate(summary.get(section, ())):
                yield self._part(section, place((section, index)), value)
        pattern = summary.get("clinical_pattern")
        if pattern and pattern["value"] not in _SAYS_NOTHING:
            yield self._part("clinical_pattern", "pattern", {**pattern, "label": pattern["value"]})
        kind = summary.get("syndromicity", "unknown")
        if pattern and kind not in _SAYS_NOTHING:
            value = {"evidence": pattern["evidence"], "label": kind}
            yield self._part("syndromicity", "syndromicity", value)

    def _part(self, section: Section, ref: str, value: Mapping[str, Any]) -> Part:
        filled = fill(next(value[name] for name in _TEXT_FIELDS if name in value), self._packet)
        evidence = value["evidence"]
        mentions = self._mentions(filled.text, filled.spans)
        return Part(
            ref=ref,
            section=section,
            evidence=(evidence,) if isinstance(evidence, str) else tuple(evidence),
            value=value,
            text=filled.text,
            masked=_mask(filled.text, (*filled.spans, *mentions)),
            mentions=mentions,
            fills=filled.spans,
            unknown=filled.unknown,
        )

    def _mentions(self, text: str, fills: Sequence[Span]) -> tuple[Span, ...]:
        """Return label tokens, and labels typed out where no token stands."""
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
