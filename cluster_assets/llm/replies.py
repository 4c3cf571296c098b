"""Unusable replies: what is wrong with them, and the feedback to the model.

Only the findings go back to the model, never the reply itself: a truncated reply would cost its
tokens again with each retry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cluster_assets.errors import ItemFailed, Retryable
from cluster_assets.llm.failures import CODES, BadReply
from cluster_assets.llm.model import Message, ModelReply, ModelRequest
from cluster_assets.llm.redact import mask

MAX_FINDINGS = 10
MAX_FINDING_CHARS = 300
_TEMPERATURE_STEP = 0.4  # another temperature often breaks a loop of repetitions


class InvalidReply(BadReply):
    """A reply that does not validate. Raised by the `parse` of `retry.ask`.

    Args:
        findings: feedback to the model: one short line per problem, with its place and rule.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(finding[:MAX_FINDING_CHARS] for finding in findings[:MAX_FINDINGS])
        super().__init__("invalid", "the reply does not validate: " + "; ".join(self.findings))


class EmptyReply(BadReply):
    """A reply without text."""

    def __init__(self, model: str) -> None:
        super().__init__("empty", f"`{model}` sent a reply without text")


class TruncatedReply(BadReply):
    """A reply that was cut off at the token limit."""

    def __init__(self, model: str, max_tokens: int) -> None:
        super().__init__("truncated", f"the reply of `{model}` was cut off at {max_tokens} tokens")


def usable_text(reply: ModelReply, max_tokens: int) -> str:
    """Return the text of a complete reply.

    Raises:
        TruncatedReply: it was cut off at `max_tokens`.
        EmptyReply: it has no text.
        ItemFailed: `CA-460` when the provider's filter or the model refused.
    """
    if reply.finish_reason == "content_filter":
        raise ItemFailed(
            CODES["refused"], f"`{reply.model}` refuses to answer this prompt", outcome="refused"
        )
    if reply.finish_reason == "length":
        raise TruncatedReply(reply.model, max_tokens)
    if not reply.text.strip():
        raise EmptyReply(reply.model)
    return reply.text


def next_request(first: ModelRequest, last: ModelRequest, error: Retryable) -> ModelRequest:
    """Return the next request after a failed attempt.

    Args:
        first: the original request.
        last: the request that failed.
        error: why it failed. Findings are appended to the original messages, so that they do not
            accumulate. After a truncated reply the request gets twice the tokens and another
            temperature.
    """
    if isinstance(error, InvalidReply):
        lines = "\n".join(f"- {mask(finding)}" for finding in error.findings)
        feedback = Message(
            "user",
            "Your last reply was not valid:\n"
            f"{lines}\n"
            "Answer the same task again. Reply with one JSON object that follows the schema, and "
            "nothing else.",
        )
        return replace(last, messages=(*first.messages, feedback))
    if isinstance(error, TruncatedReply):
        temperature = last.temperature + _TEMPERATURE_STEP
        return replace(
            last,
            max_tokens=2 * last.max_tokens,
            temperature=temperature if temperature <= 1 else 0.0,
        )
    return last
