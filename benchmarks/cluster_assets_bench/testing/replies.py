"""Answers of the scripted model server: a true text for a writer's prompt, approval for a judge's.

Both are made from the evidence in the prompt, so that a whole batch can pass schema, checks and
verdict without a model. Any other prompt gets the smallest object that fits its schema.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from cluster_assets.core.summary.prompts import (
    extract_packet,
    extract_packet_sha256,
    fenced_json,
)
from cluster_assets.core.summary.template import template_summary
from cluster_assets_bench.testing.faults import Fault
from cluster_assets_bench.testing.wire import Finish, Json

_SCHEMA_IN_PROMPT = '{"type": "object", "properties"'  # at the end of a message
_ENUM_KEYS = ("confidence", "support", "hedge", "answer")


@dataclass(frozen=True, slots=True)
class Task:
    """What a prompt asks for and the good reply to it.

    `packet_sha256` and `cluster_hash` are empty where the prompt does not tell them.
    """

    purpose: Literal["write", "judge", "other"]
    text: str
    packet_sha256: str = ""
    cluster_hash: str = ""


def understand(prompt: str, body: Json) -> Task:
    """Read a request and write the good reply to it."""
    if "<<<PACKET " in prompt:
        packet, sha256 = extract_packet(prompt), extract_packet_sha256(prompt)
        summary = template_summary(packet, sha256).model_dump(mode="json")
        text = json.dumps(summary, ensure_ascii=False)
        return Task("write", text, sha256, packet.cluster_hash)
    if "<<<ITEMS " in prompt:
        asked = extract_items(prompt)
        return Task("judge", json.dumps(_approve(asked)), asked["packet_hash"])
    return Task("other", json.dumps(fill(find_schema(body) or {"type": "object"})))


def extract_items(prompt: str) -> Json:
    """Read the question from a judge's prompt: `packet_hash`, `items`, `strongest`.

    Rows replace the ids in the prompt.

    Raises:
        InputError: `CA-204` when the prompt has none.
    """
    shown: Json = fenced_json("ITEMS", prompt)
    rows = {row["id"]: row for row in shown.pop("rows")}
    return {
        **shown,
        "strongest": [rows[row_id] for row_id in shown["strongest"]],
        "items": [
            {**item, **{name: [rows[i] for i in item[name]] for name in ("cited", "nearby")}}
            for item in shown["items"]
        ],
    }


def _approve(asked: Json) -> Json:
    """Return the labels of a judge who finds every item carried by its rows."""
    items = [
        {
            "ref": item["ref"],
            "evidence_used": [row["id"] for row in item["cited"]],
            "reason": "The cited rows carry the item.",
            "support": "supported",
            "overclaim": False,
            "adds_outside_fact": False,
            "direction_ok": "yes",
        }
        for item in asked["items"]
    ]
    whole = {
        "reason": "The items fit the rows.",
        "main_signal_covered": True,
        "internally_consistent": True,
        "describes_this_cluster": True,
        "contains_instruction_text": False,
    }
    return {"packet_hash": asked["packet_hash"], "items": items, "summary_checks": whole}


def spoil(text: str, fault: Fault | None) -> tuple[str, Finish]:
    """Return a good reply as a fault leaves it."""
    spoilt: dict[Fault | None, tuple[str, Finish]] = {
        "refusal": ("", "refused"),
        "truncated": (text[: len(text) // 2], "length"),
        "empty": ("", "stop"),
        "malformed": (text.replace('":', '"', 1), "stop"),
        "fenced": (f"```json\n{text}\n```", "stop"),
        "wrong_enum": (json.dumps(_wrong_enum(json.loads(text))), "stop"),
    }
    return spoilt.get(fault, (text, "stop"))


def find_schema(node: object) -> Json | None:
    """Return the outermost JSON schema of an object anywhere in a request, its prompt included."""
    if isinstance(node, str) and _SCHEMA_IN_PROMPT in node:
        node = json.loads(node[node.index(_SCHEMA_IN_PROMPT) :])
    if isinstance(node, dict):
        if str(node.get("type", "")).lower() == "object" and "properties" in node:
            return node
        node = list(node.values())
    if isinstance(node, list):
        return next((found for part in node if (found := find_schema(part)) is not None), None)
    return None


def fill(schema: Json) -> Any:
    """Return the smallest value that fits a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    match str(schema.get("type", "string")).lower():
        case "object":
            return {name: fill(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return []
        case "boolean":
            return True
        case "integer" | "number":
            return 1
    return "text"


def _wrong_enum(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "no-such-value" if key in _ENUM_KEYS else _wrong_enum(part)
            for key, part in value.items()
        }
    return [_wrong_enum(part) for part in value] if isinstance(value, list) else value
