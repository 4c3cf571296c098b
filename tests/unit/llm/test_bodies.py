"""Bodies of replies that litellm cannot read."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cluster_assets.llm.bodies import Body, RawReply, error_in, read_reply, status_in


@dataclass(frozen=True)
class Case:
    name: str
    body: Body
    reply: RawReply | None


def _choice(**message: object) -> list[object]:
    return [{"index": 0, "finish_reason": "stop", "message": message}]


EMPTY = RawReply("", "stop", None, None)
PARTS = [{"type": "text", "text": '{"a":'}, {"type": "text", "text": "1}"}]
CASES = [
    Case("no choices", {"choices": []}, EMPTY),
    Case("null choices", {"choices": None}, EMPTY),
    Case("no message", {"choices": [{"message": None}]}, EMPTY),
    Case("parts", {"choices": _choice(content=PARTS)}, RawReply('{"a":1}', "stop", None, None)),
    Case(
        "thinking parts",
        {"choices": _choice(content=[{"type": "thinking", "thinking": []}, *PARTS])},
        RawReply('{"a":1}', "stop", None, None),
    ),
    Case(
        "refusal",
        {"choices": _choice(content=None, refusal="I cannot")},
        RawReply("I cannot", "content_filter", None, None),
    ),
    Case(
        "usage",
        {"choices": _choice(content="x"), "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
        RawReply("x", "stop", 7, 2),
    ),
    Case("something else", {"id": "x"}, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reply(case: Case) -> None:
    assert read_reply(case.body) == case.reply


@pytest.mark.parametrize("code", [429, "429"])
def test_an_error_in_the_body_of_a_200(code: object) -> None:
    body: Body = {"error": {"message": "Rate limit exceeded: free-models-per-day", "code": code}}
    error = error_in(body)
    assert error is not None
    assert error.message == "Rate limit exceeded: free-models-per-day"
    assert status_in(body) == 429


def test_an_error_that_is_a_sentence_has_no_status() -> None:
    body: Body = {"error": "CUDA error: out of memory"}
    error = error_in(body)
    assert error is not None
    assert error.message == "CUDA error: out of memory"
    assert status_in(body) is None


@pytest.mark.parametrize("body", [{"choices": [], "error": None}, {"id": "x"}, {}])
def test_no_error(body: Body) -> None:
    assert error_in(body) is None
