"""The input of the checks: a summary split into parts, and the packet it must agree with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member, Vocabulary
from cluster_assets.core.summary.checks.parts import Part, parts_of
from cluster_assets.core.summary.checks.words import PhraseIndex, content_words
from cluster_assets.core.summary.confidence import derive_confidence
from cluster_assets.core.summary.schema import Confidence, Summary


@dataclass(frozen=True)
class Context:
    """Everything that the checks of one summary may use.

    Attributes:
        summary: with tokens.
        packet: the evidence.
        packet_sha256: the hash that the summary must echo.
        vocabulary: official terms and symbols; may be empty.
        terms: labels and exact synonyms of the vocabulary, prepared for search.
        siblings: narratives of the other clusters of the same clustering.
    """

    summary: Summary
    packet: EvidencePacket
    packet_sha256: str
    vocabulary: Vocabulary
    terms: PhraseIndex
    siblings: Sequence[str]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the summary, the title first."""
        return parts_of(self.summary, self.packet, self.vocabulary.synonyms)

    @cached_property
    def derived_confidence(self) -> Confidence:
        """The confidence that the evidence allows."""
        return derive_confidence(self.packet).level

    @cached_property
    def rows(self) -> dict[str, EvidenceRow]:
        """Rows by id."""
        return {row.id: row for row in self.packet.rows}

    @cached_property
    def symbols(self) -> dict[str, Member]:
        """Member genes by symbol; empty for entities."""
        if self.packet.cluster_type != "functional":
            return {}
        return {member.label: member for member in self.packet.members}

    def cited(self, part: Part) -> list[EvidenceRow]:
        """Return the existing rows that a part cites."""
        return [self.rows[row_id] for row_id in part.evidence if row_id in self.rows]

    def words_of(self, rows: Iterable[EvidenceRow]) -> set[str]:
        """Return the content words of the labels and exact synonyms of rows."""
        return {
            word
            for row in rows
            for text in (row.label, *self.vocabulary.synonyms.get(row.term_id, ()))
            for word in content_words(text)
        }
