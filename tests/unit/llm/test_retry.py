"""Asking until there is a valid reply: what is repeated, how often, and what is reported."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from cluster_assets.errors import Abort, ItemFailed, ParameterRefused, Retryable, Wait
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.failures import BadReply
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.model import Message, ModelRequest
from cluster_assets.llm.replies import InvalidReply
from cluster_assets.llm.retry import AttemptRecord, RetriesUsedUp, RetryBudget, RetryPolicy, ask
from cluster_assets.store.tables import metadata
from cluster_assets_bench.testing.clients import ScriptedClient, Step, reply
from support.clock import Clock

POLICY = RetryPolicy(max_retries=3, backoff_s=0.001, max_backoff_s=0.05, pause_s=0.05)
REQUEST = ModelRequest(
    purpose="write",
    cluster_hash="c" * 64,
    messages=(Message("system", "rules"), Message("user", "packet")),
    wire_schema={"type": "object"},
    schema_name="s",
    max_tokens=1000,
)
GOOD = '{"answer": 42}'
SERVER_ERROR = Retryable("CA-440", "500", outcome="server_error")


def parse(text: str) -> int:
    try:
        return int(json.loads(text)["answer"])
    except (ValueError, KeyError) as error:
        raise InvalidReply([f"reply: {error!r}"]) from None


@dataclass
class Asked:
    """One call of `ask` with a scripted client and all that it left."""

    client: ScriptedClient
    limiter: RateLimiter
    budget: RetryBudget
    attempts: list[AttemptRecord]
    result: int | None = None
    error: Exception | None = None

    @property
    def outcomes(self) -> list[str]:
        return [attempt.outcome for attempt in self.attempts]


@pytest.fixture
def asking(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}")
    metadata.create_all(engine)

    def run(
        steps: Iterable[Step],
        *,
        policy: RetryPolicy = POLICY,
        budget: RetryBudget | None = None,
        uses_network: bool = True,
    ) -> Asked:
        asked = Asked(
            ScriptedClient(steps, uses_network=uses_network),
            RateLimiter(engine, "p", 1000, 1000),
            budget or RetryBudget(policy.max_retries),
            [],
        )

        async def main() -> None:
            try:
                asked.result = await ask(
                    asked.client,
                    REQUEST,
                    limiter=asked.limiter,
                    policy=policy,
                    budget=asked.budget,
                    breaker=Breaker(threshold=100),
                    parse=parse,
                    on_attempt=asked.attempts.append,
                )
            except (Abort, ItemFailed, Retryable, Wait) as error:
                asked.error = error

        asyncio.run(main())
        return asked

    return run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_good_reply_is_asked_for_once(asking) -> None:
    asked = asking([GOOD])
    assert asked.result == 42
    assert asked.outcomes == ["ok"]
    assert asked.budget.left == 3
    assert asked.limiter.state().used == 1


@dataclass(frozen=True)
class Case:
    name: str
    bad: Step
    outcome: str


RETRIED = [
    Case("500", SERVER_ERROR, "server_error"),
    Case("time-out", Retryable("CA-443", "slow", outcome="timeout"), "timeout"),
    Case("empty", "", "empty"),
    Case("unreadable", BadReply("unreadable", "no JSON"), "unreadable"),
    Case("malformed", '{"answer" 42}', "invalid"),
    Case("other object", '{"reply": 42}', "invalid"),
]


def test_a_refused_parameter_takes_a_slot_but_no_retry(asking) -> None:
    refused = ParameterRefused("CA-448", "`temperature` is dropped", outcome="parameter_refused")
    asked = asking([refused, refused, GOOD])
    assert asked.result == 42
    assert asked.outcomes == ["parameter_refused", "parameter_refused", "ok"]
    assert asked.budget.left == 3
    assert asked.limiter.state().used == 3


@pytest.mark.parametrize("case", RETRIED, ids=lambda case: case.name)
def test_retried_until_the_budget_is_gone(asking, case: Case) -> None:
    asked = asking([case.bad] * 9)
    assert asked.outcomes == [case.outcome] * 4
    assert isinstance(asked.error, RetriesUsedUp)
    assert asked.error.is_content == (case.outcome in {"empty", "unreadable", "invalid"})
    assert asked.error.context["outcome"] == case.outcome
    assert asked.limiter.state().used == 4


@pytest.mark.parametrize("case", RETRIED, ids=lambda case: case.name)
def test_retried_and_then_good(asking, case: Case) -> None:
    asked = asking([case.bad, case.bad, case.bad, GOOD])
    assert asked.result == 42
    assert asked.outcomes == [case.outcome] * 3 + ["ok"]
    assert asked.budget.left == 0


def test_the_budget_is_shared_by_the_requests_of_a_cluster(asking) -> None:
    budget = RetryBudget(3)
    assert asking([SERVER_ERROR, SERVER_ERROR, GOOD], budget=budget).result == 42
    assert asking([SERVER_ERROR, GOOD], budget=budget).result == 42
    asked = asking([SERVER_ERROR, GOOD], budget=budget)
    assert isinstance(asked.error, RetriesUsedUp)
    assert len(asked.attempts) == 1


@pytest.mark.parametrize(
    "error",
    [Abort("CA-401", "key", outcome="bad_key"), ItemFailed("CA-461", "long", outcome="x")],
    ids=["abort", "item failed"],
)
def test_not_retried(asking, error: Exception) -> None:
    asked = asking([error, GOOD])
    assert type(asked.error) is type(error)
    assert len(asked.attempts) == 1
    assert asked.budget.left == 3


def test_a_refusal_is_not_retried(asking) -> None:
    asked = asking([reply("", finish_reason="content_filter"), GOOD])
    assert isinstance(asked.error, ItemFailed)
    assert asked.outcomes == ["refused"]


def test_being_told_to_wait_is_not_a_retry_and_pauses_the_limiter(asking, clock: Clock) -> None:
    started = clock.now
    asked = asking([Wait("CA-420", "429", 0.1, outcome="rate_limited")] * 5 + [GOOD])
    assert asked.result == 42
    assert asked.outcomes == ["rate_limited"] * 5 + ["ok"]
    assert asked.budget.left == 3
    assert clock.now - started == pytest.approx(0.5)


def test_a_wait_without_a_time_takes_the_policys(asking, clock: Clock) -> None:
    started = clock.now
    assert asking([Wait("CA-420", "429"), GOOD]).result == 42
    assert clock.now - started == pytest.approx(POLICY.pause_s)


@pytest.mark.parametrize("wait_s", [60.0, 0.02])
def test_waiting_ends_at_the_deadline(asking, wait_s: float) -> None:
    """One long wait at once, many short ones after a while."""
    policy = replace(POLICY, wait_deadline_s=0.2)
    asked = asking([Wait("CA-420", "429", wait_s)] * 500, policy=policy)
    assert isinstance(asked.error, Abort)
    assert asked.error.code == "CA-420"
    assert "CLUSTER_ASSETS_REQUESTS_PER_MINUTE" in asked.error.message


def test_findings_go_back_and_the_bad_reply_does_not(asking) -> None:
    asked = asking(['{"reply": "a long bad reply"}', GOOD])
    first, second = asked.client.requests
    assert first == REQUEST
    assert "'answer'" in second.messages[-1].content
    assert all("long bad reply" not in message.content for message in second.messages)
    assert asked.attempts[1].request == second


def test_truncated_once_with_more_room_and_then_the_item_fails(asking) -> None:
    cut = reply('{"ans', finish_reason="length")
    asked = asking([cut, cut, GOOD])
    assert [request.max_tokens for request in asked.client.requests] == [1000, 2000]
    assert asked.client.requests[1].temperature > 0
    assert isinstance(asked.error, ItemFailed)
    assert asked.outcomes == ["truncated", "truncated"]


def test_every_attempt_keeps_its_usage(asking) -> None:
    slow = Retryable("CA-443", "slow", outcome="timeout")
    asked = asking(['{"reply": 1}', SERVER_ERROR, slow, GOOD])
    assert [attempt.tokens_in for attempt in asked.attempts] == [100, None, None, 100]
    assert [attempt.tokens_out for attempt in asked.attempts] == [50, None, None, 50]
    # An error is not billed; what a reply that never came cost is not known
    assert [attempt.cost_usd for attempt in asked.attempts] == [0.001, 0.0, None, 0.001]
    assert [attempt.reply is None for attempt in asked.attempts] == [False, True, True, False]
    assert asked.attempts[0].findings != ()
    assert asked.attempts[3].findings == ()


def test_the_provider_is_given_the_time_it_asks_for(asking, clock: Clock) -> None:
    busy = Retryable("CA-441", "503", outcome="overloaded", retry_after_s=0.04)
    started = clock.now
    assert asking([busy, GOOD]).result == 42
    assert clock.now - started == pytest.approx(0.04)


def test_the_backoff_grows(asking, clock: Clock) -> None:
    policy = replace(POLICY, backoff_s=0.05, max_backoff_s=1.0)
    started = clock.now
    asking([SERVER_ERROR] * 3 + [GOOD], policy=policy)
    assert 0.05 + 0.1 + 0.2 <= clock.now - started <= 0.05 + 0.1 + 0.2 + 3 * 0.05  # jitter


def test_offline_takes_no_slot(asking) -> None:
    asked = asking([GOOD], uses_network=False)
    assert asked.result == 42
    assert asked.limiter.state().used == 0


def test_errors_of_ours_are_not_taken_for_a_models(asking) -> None:
    with pytest.raises(ZeroDivisionError):
        asking([ZeroDivisionError()])
