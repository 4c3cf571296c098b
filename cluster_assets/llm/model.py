"""What a model client is: one request in, one reply out or a classified error.

Every client (offline, litellm, the tests' own) has this shape. A client makes exactly one request
for one call of `complete`; waiting, slots and repeating are the business of `limiter` and `retry`.
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
    """A model and where it is asked; `api_base` is None for the provider's own address."""

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
        purpose: write a summary or judge one.
        cluster_hash: for whom, for records.
        messages: the rendered prompt.
        wire_schema: JSON schema of the reply, in the subset that providers accept.
        schema_name: its name on the wire, e.g. `functional_summary`.
        max_tokens: upper limit of the reply.
        temperature: 0 to 2.
        packet: the evidence as a whole, for the offline writer; models see the messages only.
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
        text: what the model said.
        model: the name that was asked for.
        tokens_in: and
        tokens_out: as the provider counts them, None when it does not say.
        cost_usd: None when unknown, never 0 for unknown.
        latency_s: from sending to the last byte.
        finish_reason: as litellm names it (`stop`, `length`, `content_filter`).
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
            Retryable: the same request may succeed later.
            ItemFailed: this request cannot succeed.
        """
        ...


@runtime_checkable
class Preparable(Protocol):
    """A client whose first request would be slow; what can be done ahead of its slot is done here.

    A request that leaves late leaves in the window of others.
    """

    async def prepare(self) -> None:
        """Import and build what a request needs; costs nothing when it is done already."""
        ...
