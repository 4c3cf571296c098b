"""The JSON schema of a model's reply, reduced to the subset that all providers accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

_WIRE_KEYS = frozenset({"type", "properties", "required", "items", "enum", "additionalProperties"})


def to_wire(model: type[BaseModel]) -> dict[str, JsonValue]:
    """Reduce a model's JSON schema: no references, bounds, patterns or titles; all required."""
    full: dict[str, JsonValue] = model.model_json_schema()
    return _reduced(full, full.get("$defs"))


def _reduced(node: JsonValue, definitions: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(node, dict):
        raise TypeError(f"{node!r} is not a JSON schema")
    match node:
        case {"$ref": str(reference)} if isinstance(definitions, dict):
            return _reduced(definitions[reference.rsplit("/", 1)[1]], definitions)
        case {"const": const, "type": kind}:
            return {"type": kind, "enum": [const]}
        case _:
            kept = {key: value for key, value in node.items() if key in _WIRE_KEYS}
    if "items" in kept:
        kept["items"] = _reduced(kept["items"], definitions)
    properties = kept.get("properties")
    if isinstance(properties, dict):
        kept["properties"] = {
            name: _reduced(part, definitions) for name, part in properties.items()
        }
        kept["required"] = [*properties]
    return kept
