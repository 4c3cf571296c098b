"""The summary: one frozen model per cluster type, from a writer's reply to the stored text.

In every object the evidence comes before the text, and the title comes last, so that a writer picks
rows before words. The models define the form of a summary; `core.summary.checks` decides whether it
is true and how few claims, themes and tags a packet allows (D01). Gene symbols and terms are copied
from a packet, so they may be as long as a packet allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Annotated, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo
from pydantic_core import PydanticKnownError

from cluster_assets.core.labels import MAX_LABEL
from cluster_assets.core.models import Direction

SCHEMA_VERSION: Final = "2.0"
MAX_SENTENCE, MAX_TITLE, MAX_THEME = 320, 80, 60  # as written, with tokens
FILLED = "filled"  # validation context of a text whose tokens are filled in, and so longer

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


def _written(limit: int) -> Callable[[str, ValidationInfo], str]:
    """Return a validator that limits the length of a text as its writer wrote it."""

    def at_most(text: str, info: ValidationInfo) -> str:
        if len(text) > limit and info.context != FILLED:
            raise PydanticKnownError("string_too_long", {"max_length": limit})
        return text

    return at_most


RowId = Annotated[str, Field(pattern=r"^[EIQ][0-9]{2,3}$")]
# Lax, because JSON has lists and no tuples; the entries are validated strictly
RowIds = Annotated[tuple[RowId, ...], Field(strict=False, max_length=6)]
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
Sentence = Annotated[str, Field(min_length=1), AfterValidator(_written(MAX_SENTENCE))]
Hedge = Literal["stated", "suggested"]
Confidence = Literal["high", "medium", "low"]
Syndromicity = Literal["predominantly_syndromic", "predominantly_id", "mixed", "unknown"]
FunctionalCaveat = Literal[
    "statistical_association_only",
    "annotation_bias",
    "small_cluster",
    "weak_enrichment",
    "heterogeneous_cluster",
    "redundant_terms",
    "unannotated_members",
    "not_for_clinical_use",
]
PhenotypeCaveat = Literal[
    "statistical_association_only",
    "annotation_depth_varies",
    "absence_not_excluded",
    "small_cluster",
    "heterogeneous_cluster",
    "defined_by_depletion",
    "not_for_clinical_use",
]


class Item(BaseModel, frozen=True, extra="forbid", strict=True):
    """One item of a summary: the evidence it rests on, and its words."""

    _words_field: ClassVar[str] = "text"

    evidence: str | tuple[str, ...]

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids of the cited rows."""
        return (self.evidence,) if isinstance(self.evidence, str) else self.evidence

    @property
    def words(self) -> str:
        """The text for readers."""
        return getattr(self, self._words_field)

    def reworded(self, words: str) -> Self:
        """Return a copy with other words."""
        return self.model_copy(update={self._words_field: words})


class FunctionalClaim(Item, frozen=True):
    """A sentence on a cluster of genes, with the genes it names."""

    evidence: RowIds
    kind: Literal["function", "pathway", "phenotype_association", "composition"]
    hedge: Hedge
    genes: Annotated[tuple[Label, ...], Field(strict=False, max_length=8)]
    text: Sentence


class PhenotypeClaim(Item, frozen=True):
    """A sentence on a cluster of disease entities, with the direction it claims."""

    evidence: RowIds
    kind: Literal["phenotype_over", "phenotype_under", "inheritance", "burden", "composition"]
    hedge: Hedge
    polarity: Direction
    text: Sentence


class Theme(Item, frozen=True):
    """A label in the writer's own words."""

    _words_field: ClassVar[str] = "label"

    evidence: Annotated[tuple[RowId, ...], Field(strict=False, max_length=5)]
    label: Annotated[str, Field(min_length=1), AfterValidator(_written(MAX_THEME))]


class Term(Item, frozen=True):
    """A row, copied exactly."""

    _words_field: ClassVar[str] = "label"

    evidence: RowId
    term_id: Label
    label: Label


class Tag(Item, frozen=True):
    """A search word."""

    _words_field: ClassVar[str] = "tag"

    evidence: RowId
    tag: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 +-]{1,28}$")]


class Pattern(Item, frozen=True):
    """The clinical pattern of the entities."""

    _words_field: ClassVar[str] = "value"

    evidence: RowIds
    value: Literal[
        "syndromic_malformation",
        "pure_neurodevelopmental",
        "progressive_or_degenerative",
        "metabolic",
        "overgrowth",
        "mixed",
        "undetermined",
    ]


class Title(Item, frozen=True):
    """The title."""

    evidence: Annotated[tuple[RowId, ...], Field(strict=False, max_length=3)]
    text: Annotated[str, Field(min_length=1), AfterValidator(_written(MAX_TITLE))]


class FunctionalSummary(
    BaseModel, frozen=True, extra="forbid", strict=True, serialize_by_alias=True
):
    """A summary of a cluster of genes."""

    schema_version: Literal["2.0"]
    cluster_type: Literal["functional"]
    packet_sha256: str = Field(alias="packet_hash")
    insufficient_evidence: bool
    claims: Annotated[tuple[FunctionalClaim, ...], Field(strict=False, max_length=6)]
    key_themes: Annotated[tuple[Theme, ...], Field(strict=False, max_length=5)]
    pathways: Annotated[tuple[Term, ...], Field(strict=False, max_length=8)]
    clinical_relevance: Annotated[tuple[FunctionalClaim, ...], Field(strict=False, max_length=2)]
    tags: Annotated[tuple[Tag, ...], Field(strict=False, max_length=7)]
    caveats: Annotated[tuple[FunctionalCaveat, ...], Field(strict=False)]
    confidence: Confidence
    title: Title

    @property
    def lists(self) -> Mapping[Section, Sequence[Item]]:
        """The lists of items, in reading order."""
        return {
            "claims": self.claims,
            "clinical_relevance": self.clinical_relevance,
            "key_themes": self.key_themes,
            "pathways": self.pathways,
            "tags": self.tags,
        }

    @property
    def items(self) -> Iterator[Item]:
        """All items, the title first."""
        return chain((self.title,), *self.lists.values())


class PhenotypeSummary(
    BaseModel, frozen=True, extra="forbid", strict=True, serialize_by_alias=True
):
    """A summary of a cluster of disease entities."""

    schema_version: Literal["2.0"]
    cluster_type: Literal["phenotype"]
    packet_sha256: str = Field(alias="packet_hash")
    insufficient_evidence: bool
    claims: Annotated[tuple[PhenotypeClaim, ...], Field(strict=False, max_length=6)]
    key_themes: Annotated[tuple[Theme, ...], Field(strict=False, max_length=5)]
    notably_absent: Annotated[tuple[Term, ...], Field(strict=False, max_length=5)]
    clinical_pattern: Pattern
    inheritance: Annotated[tuple[Term, ...], Field(strict=False, max_length=3)]
    syndromicity: Syndromicity
    clinical_relevance: Annotated[tuple[PhenotypeClaim, ...], Field(strict=False, max_length=2)]
    tags: Annotated[tuple[Tag, ...], Field(strict=False, max_length=7)]
    caveats: Annotated[tuple[PhenotypeCaveat, ...], Field(strict=False)]
    confidence: Confidence
    title: Title

    @property
    def lists(self) -> Mapping[Section, Sequence[Item]]:
        """The lists of items, in reading order."""
        return {
            "claims": self.claims,
            "clinical_relevance": self.clinical_relevance,
            "key_themes": self.key_themes,
            "notably_absent": self.notably_absent,
            "inheritance": self.inheritance,
            "tags": self.tags,
        }

    @property
    def items(self) -> Iterator[Item]:
        """All items, the title first."""
        return chain((self.title, self.clinical_pattern), *self.lists.values())


Summary: TypeAlias = FunctionalSummary | PhenotypeSummary
