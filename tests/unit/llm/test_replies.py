"""Replies that are no use, and what is sent after them."""

from __future__ import annotations

import pytest

from cluster_assets.errors import ItemFailed, Retryable
from cluster_assets.llm.model import Message, ModelRequest
from cluster_assets.llm.replies import (
    MAX_FINDING_CHARS,
    MAX_FINDINGS,
    EmptyReply,
    InvalidReply,
    TruncatedReply,
    next_request,
    usable_text,
)
from cluster_assets_bench.testing.clients import reply

FIRST = ModelRequest(
    purpose="write",
    cluster_hash="c" * 64,
    messages=(Message("system", "rules"), Message("user", "packet")),
    wire_schema={"type": "object"},
    schema_name="s",
    max_tokens=1000,
)


def test_a_whole_reply_passes() -> None:
    assert usable_text(reply('{"a": 1}'), 100) == '{"a": 1}'


@pytest.mark.parametrize(
    ("text", "finish", "error"),
    [
        ("", "stop", EmptyReply),
        (" \n", "stop", EmptyReply),
        ('{"a":', "length", TruncatedReply),
        ("", "length", TruncatedReply),
        ("", "content_filter", ItemFailed),
        ("I cannot", "content_filter", ItemFailed),
    ],
)
def test_useless(text: str, finish: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        usable_text(reply(text, finish_reason=finish), 100)


def test_findings_are_fed_back_and_do_not_pile_up() -> None:
    second = next_request(FIRST, FIRST, InvalidReply(["claim.1: too long"]))
    third = next_request(FIRST, second, InvalidReply(["title: missing"]))
    assert third.messages[:2] == FIRST.messages
    assert len(third.messages) == 3
    assert "title: missing" in third.messages[2].content
    assert "claim.1" not in third.messages[2].content


def test_findings_are_cut() -> None:
    error = InvalidReply(["x" * 5000] * 50)
    assert len(error.findings) == MAX_FINDINGS
    assert {len(finding) for finding in error.findings} == {MAX_FINDING_CHARS}


def test_a_truncated_reply_gets_room_and_another_temperature() -> None:
    second = next_request(FIRST, FIRST, TruncatedReply("m", 1000))
    assert second.max_tokens == 2000
    assert second.temperature != FIRST.temperature
    assert second.messages == FIRST.messages


def test_room_stays_when_findings_follow() -> None:
    second = next_request(FIRST, FIRST, TruncatedReply("m", 1000))
    third = next_request(FIRST, second, InvalidReply(["f"]))
    assert third.max_tokens == 2000


def test_transport_failures_change_nothing() -> None:
    assert next_request(FIRST, FIRST, Retryable("CA-440", "500")) == FIRST
