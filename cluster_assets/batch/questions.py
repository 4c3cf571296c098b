"""The questions of a batch to a writer and to a judge: prompt, schema, and parser of the reply."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.summary.findings import Finding, Parsed
from cluster_assets.core.summary.judge import (
    Judgement,
    judge_messages,
    judge_prompt_version,
    judge_wire_schema,
    parse_judgement,
)
from cluster_assets.core.summary.prompts import Prompt, writer_messages, writer_prompt_version
from cluster_assets.core.summary.reading import parse_summary, wire_schema
from cluster_assets.core.summary.schema import Summary
from cluster_assets.llm.model import Purpose

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A question to a model.

    Attributes:
        purpose: write a summary or judge one.
        prompt: the messages.
        prompt_version: name and digest of the prompt.
        wire_schema: JSON schema of the reply.
        schema_name: name of the schema.
        parse: parses the text of a reply.
    """

    purpose: Purpose
    prompt: Prompt
    prompt_version: str
    wire_schema: Mapping[str, object]
    schema_name: str
    parse: Callable[[str], Parsed[T]]


def writer_question(packet: EvidencePacket, feedback: Sequence[Finding] = ()) -> Question[Summary]:
    """Ask for a summary of a packet.

    Args:
        packet: the evidence.
        feedback: faults of an earlier attempt of the same model.
    """
    kind = packet.cluster_type
    return Question(
        purpose="write",
        prompt=writer_messages(packet, feedback, nonce=new_nonce()),
        prompt_version=writer_prompt_version(kind),
        wire_schema=wire_schema(kind),
        schema_name=f"{kind}_summary",
        parse=lambda text: parse_summary(text, kind),
    )


def judge_question(summary: Summary, packet: EvidencePacket) -> Question[Judgement]:
    """Ask for labels of a checked summary."""
    return Question(
        purpose="judge",
        prompt=judge_messages(summary, packet, nonce=new_nonce()),
        prompt_version=judge_prompt_version(),
        wire_schema=judge_wire_schema(),
        schema_name="judgement",
        parse=lambda text: parse_judgement(text, summary, packet),
    )


def new_nonce() -> str:
    """Return a nonce for the fence of one prompt."""
    return secrets.token_hex(12)
