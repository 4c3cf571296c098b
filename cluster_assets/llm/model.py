"""The interface of a model client: one request in, one reply or a classified error out.

All clients (offline, litellm, the tests' own) implement it. A call of `complete` sends exactly one
request; slots and waiting belong to `limiter`, retries to `retry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from cluster_assets.core.models import EvidencePacket

Purpose = Literal["write", "judge"]
Role = Literal["writer", "judge", "fallback"]
OFFLINE_MODEL = "offline/template"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model and its address; `api_base` is None for the provider's default address."""

    model: str
    api_base: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a model.

    Attributes:
        purpose: whether to write a summary or to judge one.
        cluster_hash: the cluster, for records.
        messages: the rendered prompt.
        wire_schema: JSON schema of the reply, in the subset that providers accept.
        schema_name: its name on the wire, e.g. `functional_summary`.
        max_tokens: upper limit of tokens in the reply.
        temperature: 0 to 2.
        packet: the whole evidence, for the offline writer; models see only the messages.
    """

    purpose: Purpose
    cluster_hash: str
    messages: tuple[Message, ...]
    wire_schema: Mapping[str, object]
    schema_name: str
    max_tokens: int = 4096
    temperature: float = 0.0
    packet: EvidencePacket | None = None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """One reply, not yet validated.

    Attributes:
        text: text of the reply.
        model: name of the requested model.
        tokens_in: tokens of the prompt by the provider's count, None if not reported.
        tokens_out: tokens of the reply by the provider's count, None if not reported.
        cost_usd: None when unknown, never 0 for unknown.
        latency_s: from sending to the last byte.
        finish_reason: the reason by litellm's names (`stop`, `length`, `content_filter`).
    """

    text: str
    model: str
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_s: float
    finish_reason: str = "stop"


class ModelClient(Protocol):
    """Sends one request.

    Attributes:
        model: litellm model name, e.g. `gemini/gemini-flash-latest`, or `offline/template`.
        uses_network: whether a request counts against the rate limit.
    """

    model: str
    uses_network: bool

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Send the request once.

        Raises:
            Abort: no request can succeed.
            Wait: the provider asks for a pause.
            ParameterRefused: the client has dropped or replaced a parameter; send again.
            Retryable: the same request may succeed later.
            ItemFailed: this request cannot succeed.
        """
        ...


@runtime_checkable
class Preparable(Protocol):
    """A client whose first request needs preparation, which is done before its slot is taken.

    A request that is sent long after its slot would exceed the rate limit.
    """

    async def prepare(self) -> None:
        """Import and build what a request needs; does nothing the second time."""
        ...
