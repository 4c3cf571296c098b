"""Four wire formats: how a request is read, how a reply and an error look.

The error bodies are worded as the providers word them, because classification reads the text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from cluster_assets_bench.testing.faults import Fault

Finish = Literal["stop", "length", "refused"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An HTTP answer that is no reply; `body` is HTML when it is a string."""

    status: int
    body: Json | str


class WireFormat(Protocol):
    """One provider's format."""

    key_header: str

    def prompt(self, body: Json) -> str:
        """Return all text of the messages."""
        ...

    def reply(self, text: str, finish: Finish, body: Json) -> Json:
        """Return a reply."""
        ...

    def error(self, fault: Fault, retry_after_s: float) -> ErrorAnswer:
        """Return the answer for a fault that is an HTTP error."""
        ...


def _text(content: object) -> str:
    """Return the text of a content that is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return ""


def _count(text: str) -> int:
    return max(1, len(text) // 4)


_BAD_GATEWAY = ErrorAnswer(502, "<html><title>502 Bad Gateway</title><body>nginx</body></html>")


class OpenAiWire:
    """`POST /v1/chat/completions`."""

    key_header = "Authorization"
    _errors: Mapping[Fault, tuple[int, str, str]] = {
        "bad_key": (401, "invalid_api_key", "Incorrect API key provided."),
        "forbidden": (403, "permission_denied", "You are not allowed to sample from this model."),
        "unknown_model": (404, "model_not_found", "The model `nosuch` does not exist."),
        "quota": (
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        "server_error": (500, "server_error", "The server had an error processing your request."),
        "overloaded": (503, "overloaded", "The engine is currently overloaded."),
        "overloaded_529": (529, "overloaded", "The engine is currently overloaded."),
        "context_too_long": (
            400,
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens, your messages have 9000.",
        ),
        "policy": (
            400,
            "content_policy_violation",
            "Your request was rejected as a result of our safety system.",
        ),
    }

    def prompt(self, body: Json) -> str:
        """Return all text of the messages."""
        return "\n".join(_text(message.get("content")) for message in body["messages"])

    def reply(self, text: str, finish: Finish, body: Json) -> Json:
        """Return a reply."""
        tokens_in, tokens_out = _count(self.prompt(body)), _count(text)
        reason = {"stop": "stop", "length": "length", "refused": "content_filter"}[finish]
        return {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": reason,
                    "message": {"role": "assistant", "content": text},
                }
            ],
            "usage": {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            },
        }

    def error(self, fault: Fault, retry_after_s: float) -> ErrorAnswer:
        """Return the answer for a fault that is an HTTP error."""
        if fault == "bad_gateway":
            return _BAD_GATEWAY
        status, code, message = self._errors.get(fault) or (
            429,
            "rate_limit_exceeded",
            f"Rate limit reached for requests (RPM). Please try again in {retry_after_s:g}s.",
        )
        kind = "insufficient_quota" if fault == "quota" else "invalid_request_error"
        return ErrorAnswer(status, {"error": {"message": message, "type": kind, "code": code}})


class AnthropicWire:
    """`POST /v1/messages`."""

    key_header = "x-api-key"
    _errors: Mapping[Fault, tuple[int, str, str]] = {
        "bad_key": (401, "authentication_error", "invalid x-api-key"),
        "forbidden": (403, "permission_error", "Your API key may not use this resource."),
        "unknown_model": (404, "not_found_error", "model: nosuch"),
        "quota": (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API.",
        ),
        "server_error": (500, "api_error", "Internal server error"),
        "overloaded": (503, "api_error", "Service unavailable"),
        "overloaded_529": (529, "overloaded_error", "Overloaded"),
        "context_too_long": (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
        ),
        "policy": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    }

    def prompt(self, body: Json) -> str:
        """Return all text of the messages."""
        parts = [_text(body.get("system"))]
        parts += [_text(message.get("content")) for message in body["messages"]]
        return "\n".join(parts)

    def reply(self, text: str, finish: Finish, body: Json) -> Json:
        """Return a reply; as a tool call where the request forces one to get JSON."""
        reason = {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}[finish]
        block: Json = {"type": "text", "text": text}
        if body.get("tools") and finish == "stop":
            name = body["tools"][0]["name"]
            block = {"type": "tool_use", "id": "toolu_0", "name": name, "input": json.loads(text)}
            reason = "tool_use"
        return {
            "id": "msg_0",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [block] if text else [],
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": _count(self.prompt(body)),
                "output_tokens": _count(text),
            },
        }

    def error(self, fault: Fault, retry_after_s: float) -> ErrorAnswer:
        """Return the answer for a fault that is an HTTP error."""
        if fault == "bad_gateway":
            return _BAD_GATEWAY
        status, kind, message = self._errors.get(fault) or (
            429,
            "rate_limit_error",
            f"This request would exceed your organization's rate limit ({retry_after_s:g}).",
        )
        return ErrorAnswer(status, {"type": "error", "error": {"type": kind, "message": message}})


class GeminiWire:
    """`POST /v1beta/models/MODEL:generateContent`."""

    key_header = "x-goog-api-key"
    _errors: Mapping[Fault, tuple[int, str, str]] = {
        "bad_key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
        "forbidden": (403, "PERMISSION_DENIED", "The caller does not have permission"),
        "unknown_model": (404, "NOT_FOUND", "models/nosuch is not found for API version v1beta"),
        "server_error": (500, "INTERNAL", "An internal error has occurred."),
        "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        "overloaded_529": (529, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        "context_too_long": (
            400,
            "INVALID_ARGUMENT",
            "The input token count (1200000) exceeds the maximum number of tokens allowed.",
        ),
        "policy": (400, "INVALID_ARGUMENT", "Prompt was blocked: PROHIBITED_CONTENT"),
    }

    def prompt(self, body: Json) -> str:
        """Return all text of the messages."""
        system = body.get("system_instruction") or body.get("systemInstruction") or {}
        parts = [_text(system.get("parts", []))]
        parts += [_text(content["parts"]) for content in body["contents"]]
        return "\n".join(parts)

    def reply(self, text: str, finish: Finish, body: Json) -> Json:
        """Return a reply."""
        reason = {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}[finish]
        candidate: Json = {"index": 0, "finishReason": reason}
        if text:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        tokens_in, tokens_out = _count(self.prompt(body)), _count(text)
        return {
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": tokens_in,
                "candidatesTokenCount": tokens_out,
                "totalTokenCount": tokens_in + tokens_out,
            },
        }

    def error(self, fault: Fault, retry_after_s: float) -> ErrorAnswer:
        """Return the answer for a fault that is an HTTP error."""
        if fault == "bad_gateway":
            return _BAD_GATEWAY
        if fault in self._errors:
            status, kind, message = self._errors[fault]
            details: list[Json] = []
        else:
            # The provider words both limits alike; only the id of the quota tells them apart
            status, kind = 429, "RESOURCE_EXHAUSTED"
            message = "You exceeded your current quota, please check your plan and billing details."
            period = "PerDay" if fault == "quota" else "PerMinute"
            quota_id = f"GenerateRequests{period}PerProjectPerModel-FreeTier"
            details = [
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": quota_id}],
                },
                {
                    "@type": "type.googleapis.com/google.rpc.RetryInfo",
                    "retryDelay": f"{retry_after_s:g}s",
                },
            ]
        error = {"code": status, "message": message, "status": kind, "details": details}
        return ErrorAnswer(status, {"error": error})


class OllamaWire:
    """`POST /api/chat`."""

    key_header = "Authorization"
    _errors: Mapping[Fault, tuple[int, str]] = {
        "bad_key": (401, "unauthorized"),
        "forbidden": (403, "forbidden"),
        "unknown_model": (404, "model 'nosuch' not found"),
        "quota": (402, "out of credits"),
        "server_error": (500, "model runner has unexpectedly stopped"),
        "overloaded": (503, "server busy, please try again. maximum pending requests exceeded"),
        "overloaded_529": (529, "server busy, please try again"),
        "context_too_long": (400, "the input length exceeds the context length"),
        "policy": (400, "blocked by the content policy"),
    }

    def prompt(self, body: Json) -> str:
        """Return all text of the messages."""
        return "\n".join(_text(message.get("content")) for message in body["messages"])

    def reply(self, text: str, finish: Finish, body: Json) -> Json:
        """Return a reply; a refusal has no word of its own, its text is empty."""
        return {
            "model": body["model"],
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "length" if finish == "length" else "stop",
            "prompt_eval_count": _count(self.prompt(body)),
            "eval_count": _count(text),
        }

    def error(self, fault: Fault, retry_after_s: float) -> ErrorAnswer:
        """Return the answer for a fault that is an HTTP error."""
        if fault == "bad_gateway":
            return _BAD_GATEWAY
        status, message = self._errors.get(fault) or (429, f"too many requests ({retry_after_s:g})")
        return ErrorAnswer(status, {"error": message})
