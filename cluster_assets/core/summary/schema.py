"""The shape of a summary: the acceptance models, and the wire schema derived from them.

Evidence comes before text in every object and the title comes last, so that a writer picks rows
before words. The models hold what a summary looks like; `core.summary.checks` decides whether it is
true, and how few claims, themes and tags are enough for a packet (D01). What is copied from a
packet (gene symbols, terms) may be as long as a packet lets it be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cluster_assets.core.labels import MAX_LABEL
from cluster_assets.core.models import ClusterType
from cluster_assets.core.summary.findings import Finding, Parsed

SCHEMA_VERSION = "2.0"
_FENCE = re.compile(r"\s*```[A-Za-z]*[ \t]*\n(?P<body>.*)\n[ \t]*```\s*", re.DOTALL)
_WIRE_KEYS = frozenset({"type", "properties", "required", "items", "enum", "additionalProperties"})
SINGULAR: Mapping[str, str] = {
    "claims": "claim",
    "key_themes": "theme",
    "pathways": "pathway",
    "notably_absent": "absent",
    "clinical_relevance": "clinical",
    "tags": "tag",
    "clinical_pattern": "pattern",
}

RowId = Annotated[str, Field(pattern=r"^[EIQ][0-9]{2,3}$")]
RowIds = Annotated[list[RowId], Field(max_length=6)]
MAX_SENTENCE = 320
Sentence = Annotated[str, Field(min_length=1, max_length=MAX_SENTENCE)]
Hedge = Literal["stated", "suggested"]
Confidence = Literal["high", "medium", "low"]
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


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _FunctionalClaim(_Part):
    evidence: RowIds
    kind: Literal["function", "pathway", "phenotype_association", "composition"]
    hedge: Hedge
    genes: list[Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]] = Field(max_length=8)
    text: Sentence


class _PhenotypeClaim(_Part):
    evidence: RowIds
    kind: Literal["phenotype_over", "phenotype_under", "inheritance", "burden", "composition"]
    hedge: Hedge
    polarity: Literal["over", "under"]
    text: Sentence


class _Theme(_Part):
    evidence: Annotated[list[RowId], Field(max_length=5)]
    label: Annotated[str, Field(min_length=1, max_length=60)]


class _Term(_Part):
    evidence: RowId
    term_id: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]


class _Tag(_Part):
    evidence: RowId
    tag: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 +-]{1,28}$")]


class _Pattern(_Part):
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


class _Title(_Part):
    evidence: Annotated[list[RowId], Field(max_length=3)]
    text: Annotated[str, Field(min_length=1, max_length=80)]


class FunctionalSummary(_Part):
    """A summary of a cluster of genes."""

    schema_version: Literal["2.0"]
    cluster_type: Literal["functional"]
    packet_hash: str
    insufficient_evidence: bool
    claims: list[_FunctionalClaim] = Field(max_length=6)
    key_themes: list[_Theme] = Field(max_length=5)
    pathways: list[_Term] = Field(max_length=8)
    clinical_relevance: list[_FunctionalClaim] = Field(max_length=2)
    tags: list[_Tag] = Field(max_length=7)
    caveats: list[FunctionalCaveat]
    confidence: Confidence
    title: _Title


class PhenotypeSummary(_Part):
    """A summary of a cluster of disease entities."""

    schema_version: Literal["2.0"]
    cluster_type: Literal["phenotype"]
    packet_hash: str
    insufficient_evidence: bool
    claims: list[_PhenotypeClaim] = Field(max_length=6)
    key_themes: list[_Theme] = Field(max_length=5)
    notably_absent: list[_Term] = Field(max_length=5)
    clinical_pattern: _Pattern
    inheritance: list[_Term] = Field(max_length=3)
    syndromicity: Literal["predominantly_syndromic", "predominantly_id", "mixed", "unknown"]
    clinical_relevance: list[_PhenotypeClaim] = Field(max_length=2)
    tags: list[_Tag] = Field(max_length=7)
    caveats: list[PhenotypeCaveat]
    confidence: Confidence
    title: _Title


_MODELS: Mapping[ClusterType, type[BaseModel]] = {
    "functional": FunctionalSummary,
    "phenotype": PhenotypeSummary,
}
Model = TypeVar("Model", bound=BaseModel)


def parse_summary(text: str, cluster_type: ClusterType) -> Parsed[dict[str, Any]]:
    """Read a writer's reply: JSON, or JSON in one code fence around the whole reply."""
    value, findings = read_json(text)
    return Parsed(None, findings) if findings else validate_summary(value, cluster_type)


def validate_summary(value: object, cluster_type: ClusterType) -> Parsed[dict[str, Any]]:
    """Check the form of a summary (D01): fields, types, lengths, enums; nothing extra."""
    return validate(_MODELS[cluster_type], value)


def wire_schema(cluster_type: ClusterType) -> dict[str, Any]:
    """Return the JSON schema of a reply in the subset that providers accept."""
    return to_wire(_MODELS[cluster_type])


def read_json(text: str) -> tuple[object, tuple[Finding, ...]]:
    """Return the JSON value of a whole reply, or what is wrong with it."""
    fenced = _FENCE.fullmatch(text)
    try:
        return json.loads(fenced["body"] if fenced else text), ()
    except (ValueError, RecursionError) as error:
        return None, (Finding("reply", "D01", text.strip(), f"one JSON object ({error})"),)


def validate(model: type[Model], value: object) -> Parsed[dict[str, Any]]:
    """Validate against a model; each fault becomes a finding with its place."""
    try:
        return Parsed(model.model_validate(value).model_dump())
    except ValidationError as error:
        return Parsed(
            None,
            tuple(
                Finding(place(issue["loc"]), "D01", _shown(issue["input"]), issue["msg"])
                for issue in error.errors(include_url=False, include_context=False)
            ),
        )


def place(loc: tuple[int | str, ...]) -> str:
    """Name a part of a summary: `("claims", 1, "text")` is `claim.2.text`."""
    parts = [part + 1 if isinstance(part, int) else SINGULAR.get(part, part) for part in loc]
    return ".".join(str(part) for part in parts) or "reply"


def to_wire(model: type[BaseModel]) -> dict[str, Any]:
    """Reduce a model's JSON schema: no references, bounds, patterns or titles; all required."""
    full = model.model_json_schema()
    definitions = full.get("$defs", {})

    def reduce(node: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in node:
            return reduce(definitions[node["$ref"].rsplit("/", 1)[1]])
        if "const" in node:
            return {"type": node["type"], "enum": [node["const"]]}
        kept = {key: value for key, value in node.items() if key in _WIRE_KEYS}
        if "items" in kept:
            kept["items"] = reduce(kept["items"])
        if "properties" in kept:
            kept["properties"] = {name: reduce(part) for name, part in kept["properties"].items()}
            kept["required"] = list(kept["properties"])
        return kept

    return reduce(full)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
