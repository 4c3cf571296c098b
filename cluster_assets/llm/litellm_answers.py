"""What litellm returns or raises, read into our types; it does not import litellm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from cluster_assets.llm.bodies import Body, RawReply, as_body, as_mapping, error_in, status_in
from cluster_assets.llm.failures import ProviderFailure
from cluster_assets.llm.model import ModelReply
from cluster_assets.llm.redact import mask


class Choice(Protocol):
    """One alternative of a response."""

    message: object
    finish_reason: str | None


class Completion(Protocol):
    """The part of litellm's response that is always there."""

    choices: Sequence[Choice]


def body_keeper(bodies: list[Body]) -> Callable[[Mapping[str, object]], None]:
    """Return a `logger_fn` that keeps the bodies received, which litellm's errors do not hold.

    litellm calls it with all details of the request, the key among them: only the body is kept.
    """

    def keep(details: Mapping[str, object]) -> None:
        if (body := as_body(details.get("original_response"))) is not None:
            bodies.append(body)

    return keep


def reply_of(response: Completion, model: str, latency_s: float) -> ModelReply:
    """Return the reply in a response; its text is empty if there is none."""
    choice = response.choices[0] if response.choices else None
    message = choice.message if choice else None
    usage = getattr(response, "usage", None)
    # litellm fills in 0 where the provider reports nothing; no prompt has 0 tokens
    tokens_in = getattr(usage, "prompt_tokens", None) or None
    cost_usd = getattr(response, "_hidden_params", {}).get("response_cost")
    refused = _refusal(message)
    finish_reason = "content_filter" if refused else choice.finish_reason if choice else None
    return ModelReply(
        text=getattr(message, "content", None) or refused,
        model=model,
        tokens_in=tokens_in,
        tokens_out=getattr(usage, "completion_tokens", None) if tokens_in else None,
        cost_usd=(cost_usd or None) if tokens_in else None,  # a price of 0 means unknown
        latency_s=latency_s,
        finish_reason=finish_reason or "stop",
    )


def raw_reply_of(reply: RawReply, model: str, latency_s: float) -> ModelReply:
    """Return the reply in a body that litellm cannot read; its cost is unknown."""
    return ModelReply(
        text=reply.text,
        model=model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost_usd=None,
        latency_s=latency_s,
        finish_reason=reply.finish_reason,
    )


def failure_of(
    error: Exception, bodies: Sequence[Body], model: str, *, timed_out: bool
) -> ProviderFailure:
    """Return the failure for an error; the error inside the body of a 200 comes first."""
    status, text = getattr(error, "status_code", None), str(error)
    if bodies and error_in(bodies[0]) is not None:
        status, text = status_in(bodies[0]) or status, json.dumps(bodies[0])
    elif bodies:  # a 200 that is neither a reply nor an error
        status = 200
    fields = as_mapping(getattr(error, "body", None)) or {}
    return ProviderFailure(
        model=model,
        status=status,
        headers=_headers(error),
        text=mask(text),
        timed_out=timed_out,
        code=" ".join(str(fields[name]) for name in ("code", "type") if fields.get(name)),
        param=str(fields.get("param") or ""),
    )


def _headers(error: Exception) -> dict[str, str]:
    given = getattr(error, "litellm_response_headers", None)
    headers = cast("Mapping[object, object]", given or {})
    return {str(key).lower(): str(value) for key, value in headers.items()}


def _refusal(message: object) -> str:
    """Return the text of a refusal, which OpenAI sends in a field of its own."""
    fields = as_mapping(getattr(message, "provider_specific_fields", None)) or {}
    return str(getattr(message, "refusal", None) or fields.get("refusal") or "")
