"""Reading what a provider sent: the error in a body, and a reply that litellm cannot read.

Pure. litellm wraps errors in its own words, and fails on some replies that are readable; users
see the provider's sentence, never the library's.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

Body = Mapping[str, object]
_LIBRARY = re.compile(
    r"\A(?:(?:litellm\.)?\w+(?:Error|Exception)(?: \w+Error)?(?::| -)\s*|"
    r"Error code: \d+ - |b(?=['\"]))+"
)
_TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\)", re.I)
_NOTHING: Body = {}
_CODE_FIELDS = ("code", "type", "status", "reason")
_MESSAGE_FIELDS = ("message", "detail", "error_description")


@dataclass(frozen=True, slots=True)
class ProviderError:
    """The error of a provider in its own words.

    Attributes:
        message: its sentence, without the library's prefix or a traceback.
        code: its codes (`code`, `type`, `status`, `reason`), separated by spaces.
        param: the parameter that it names, empty if none.
    """

    message: str
    code: str = ""
    param: str = ""


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply in OpenAI's format.

    Attributes:
        text: text of the message, with the parts joined.
        finish_reason: the reason given, `content_filter` for a refusal.
        tokens_in: tokens of the prompt, None if not reported.
        tokens_out: tokens of the reply, None if not reported.
    """

    text: str
    finish_reason: str
    tokens_in: int | None
    tokens_out: int | None


def read_error(text: str) -> ProviderError:
    """Return the error in the message of the library: a JSON body, or the sentence itself."""
    sentence = _TRACEBACK.split(_LIBRARY.sub("", text.strip()), maxsplit=1)[0].strip()
    body = as_body(sentence.strip("'\"") if sentence[:1] in {"'", '"'} else sentence)
    return (error_in(body) if body is not None else None) or ProviderError(sentence)


def error_in(body: Body) -> ProviderError | None:
    """Return the error in a body, None if it has none."""
    error = body.get("error") or (body if any(name in body for name in _MESSAGE_FIELDS) else None)
    if isinstance(error, str):
        return ProviderError(error)
    if (fields := as_mapping(error)) is None:
        return None
    message = next((str(fields[name]) for name in _MESSAGE_FIELDS if fields.get(name)), "")
    inner = _upstream(fields)
    codes = (str(part[name]) for part in _parts(fields) for name in _CODE_FIELDS if part.get(name))
    return ProviderError(
        f"{message}: {inner}" if inner else message,
        " ".join(codes),
        str(fields.get("param") or ""),
    )


def status_in(body: Body) -> int | None:
    """Return the HTTP status that an error in the body of a 200 states, None if it has none."""
    error = as_mapping(body.get("error")) or _NOTHING
    code = str(error.get("code"))
    return int(code) if re.fullmatch(r"[45]\d\d", code) else None


def as_body(text: object) -> Body | None:
    """Return a text as a JSON object, None if it is something else."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        return as_mapping(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:  # the client library of OpenAI shows the body as Python does
        return as_mapping(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def as_mapping(value: object) -> Body | None:
    """Return a value as a JSON object, None if it is something else."""
    return cast("Body", value) if isinstance(value, dict) else None


def read_reply(body: Body) -> RawReply | None:
    """Return the reply in a body of OpenAI's format, None if it has no message.

    A body with an empty or null list of `choices` is an empty reply.
    """
    if "choices" not in body:
        return None
    first = next(_mappings(body["choices"]), _NOTHING)
    message = as_mapping(first.get("message")) or _NOTHING
    usage = as_mapping(body.get("usage")) or _NOTHING
    refusal = message.get("refusal")
    return RawReply(
        text=_text(message.get("content")) or _text(refusal),
        finish_reason="content_filter" if refusal else str(first.get("finish_reason") or "stop"),
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in _mappings(content))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _parts(error: Body) -> Iterator[Body]:
    yield error
    yield from _mappings(error.get("details"))


def _mappings(values: object) -> Iterator[Body]:
    """Yield the JSON objects of a list; nothing if it is something else."""
    listed = cast("list[object]", values) if isinstance(values, list) else []
    yield from (found for value in listed if (found := as_mapping(value)) is not None)


def _upstream(error: Body) -> str:
    """Return what the provider behind a gateway said (OpenRouter's `metadata.raw`)."""
    raw = (as_mapping(error.get("metadata")) or _NOTHING).get("raw")
    inner = as_body(raw)
    found = error_in(inner) if inner is not None else None
    return found.message if found else raw if isinstance(raw, str) else ""
