"""Reading summaries: a writer's reply, JSON values from elsewhere, and what the store holds."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from cluster_assets.core.models import ClusterType
from cluster_assets.core.summary.findings import Finding, Parsed
from cluster_assets.core.summary.schema import (
    FILLED,
    FunctionalSummary,
    PhenotypeSummary,
    Summary,
)
from cluster_assets.core.summary.wire import to_wire
from cluster_assets.errors import InputError

SINGULAR: Mapping[str, str] = {
    "claims": "claim",
    "key_themes": "theme",
    "pathways": "pathway",
    "notably_absent": "absent",
    "clinical_relevance": "clinical",
    "tags": "tag",
    "clinical_pattern": "pattern",
}
Model = TypeVar("Model", bound=BaseModel)
_FENCE = re.compile(r"\s*```[A-Za-z]*[ \t]*\n(?P<body>.*)\n[ \t]*```\s*", re.DOTALL)
_END_OF_REASONING = "</think>"
_MODELS: Mapping[ClusterType, type[Summary]] = {
    "functional": FunctionalSummary,
    "phenotype": PhenotypeSummary,
}
_STORED: TypeAdapter[Summary] = TypeAdapter(Annotated[Summary, Field(discriminator="cluster_type")])


def parse_summary(text: str, cluster_type: ClusterType) -> Parsed[Summary]:
    """Parse a writer's reply; see `read_json`."""
    value, findings = read_json(text, _MODELS[cluster_type])
    return Parsed(None, findings) if findings else validate_summary(value, cluster_type)


def validate_summary(value: object, cluster_type: ClusterType) -> Parsed[Summary]:
    """Validate the form of a summary (D01): fields, types, lengths, enums; nothing extra."""
    return validate(_MODELS[cluster_type], value)


def stored_summary(value: Mapping[str, JsonValue]) -> Summary:
    """Read a `summary_json` back; its tokens are filled in, so its texts may exceed the limits.

    Raises:
        InputError: `CA-209` when it is not a summary of a known schema version.
    """
    try:
        return _STORED.validate_python(value, context=FILLED)
    except ValidationError as error:
        raise InputError(
            "CA-209",
            "a stored summary cannot be read: it may have been written by a newer version",
            [finding.ref for finding in _findings(error)],
        ) from error


def wire_schema(cluster_type: ClusterType) -> dict[str, JsonValue]:
    """Return the JSON schema of a reply in the subset that providers accept."""
    return to_wire(_MODELS[cluster_type])


def read_json(
    text: str, model: type[BaseModel] | None = None
) -> tuple[object, tuple[Finding, ...]]:
    """Return the JSON value of a reply, or what is wrong with it.

    A reply is JSON, or text around exactly one JSON object: reasoning, a code fence, end tokens.

    Args:
        text: the reply.
        model: an object in the midst of text counts only if it has all fields of this model.
    """
    said = text.rsplit(_END_OF_REASONING, 1)[-1]
    fenced = _FENCE.fullmatch(said)
    try:
        return json.loads(fenced["body"] if fenced else said), ()
    except (ValueError, RecursionError) as error:
        found = _objects(said, _wire_names(model))
        if len(found) == 1:
            return found[0], ()
        return None, (Finding("reply", "D01", text.strip(), f"one JSON object ({error})"),)


def _wire_names(model: type[BaseModel] | None) -> list[str]:
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items() if field.is_required()]


def _objects(text: str, fields: Collection[str]) -> list[dict[str, object]]:
    """Return the different outermost JSON objects in a text that have the fields."""
    decoder, at = json.JSONDecoder(), text.find("{")
    found: list[dict[str, object]] = []
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if value not in found and all(name in value for name in fields):
                found.append(value)
        at = text.find("{", end)
    return found


def validate(model: type[Model], value: object) -> Parsed[Model]:
    """Validate against a model; each fault becomes a finding with its place."""
    try:
        return Parsed(model.model_validate(value))
    except ValidationError as error:
        return Parsed(None, _findings(error))


def place(loc: tuple[int | str, ...]) -> str:
    """Name a part of a summary: `("claims", 1, "text")` is `claim.2.text`."""
    parts = [part + 1 if isinstance(part, int) else SINGULAR.get(part, part) for part in loc]
    return ".".join(str(part) for part in parts) or "reply"


def _findings(error: ValidationError) -> tuple[Finding, ...]:
    return tuple(
        Finding(place(issue["loc"]), "D01", _shown(issue["input"]), _in_words_of_json(issue["msg"]))
        for issue in error.errors(include_url=False, include_context=False)
    )


def _in_words_of_json(message: str) -> str:
    """Say list for tuple: the writer of a reply knows JSON, not Python."""
    return message.replace("Tuple ", "List ").replace("valid tuple", "valid list")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
