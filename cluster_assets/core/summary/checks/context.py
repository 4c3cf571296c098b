"""What the checks look at: a summary taken apart, beside the packet it must agree with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member, Vocabulary
from cluster_assets.core.summary.checks.parts import Part, parts_of
from cluster_assets.core.summary.checks.words import PhraseIndex, content_words


@dataclass(frozen=True)
class Context:
    """All that the checks of one summary may look at.

    Attributes:
        summary: in the acceptance schema.
        packet: the evidence.
        packet_hash: the hash that the summary must echo.
        vocabulary: official words; may be empty.
        terms: its labels and exact synonyms, prepared for search.
        siblings: narratives of the other clusters of the same clustering.
    """

    summary: Mapping[str, Any]
    packet: EvidencePacket
    packet_hash: str
    vocabulary: Vocabulary
    terms: PhraseIndex
    siblings: Sequence[str]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All items of the summary, the title first."""
        return parts_of(self.summary, self.packet, self.vocabulary.synonyms)

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
        """Return the rows that a part cites and that exist."""
        return [self.rows[row_id] for row_id in part.evidence if row_id in self.rows]

    def words_of(self, rows: Iterable[EvidenceRow]) -> set[str]:
        """Return the words that carry meaning in the labels and exact synonyms of rows."""
        return {
            word
            for row in rows
            for text in (row.label, *self.vocabulary.synonyms.get(row.term_id, ()))
            for word in content_words(text)
        }
