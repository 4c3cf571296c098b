"""Many clusters against a provider in trouble: counted at the server."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from cluster_assets.core.summary.reading import read_json
from cluster_assets.errors import Abort, ItemFailed
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.clients import close_clients, make_client
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.model import Message, ModelRequest, Purpose
from cluster_assets.llm.replies import InvalidReply
from cluster_assets.llm.retry import AttemptRecord, RetryBudget, RetryPolicy, ask
from cluster_assets.store.tables import metadata
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer

KEY = "zx9-a-key-without-a-known-shape-81"
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def request(name: str, purpose: Purpose) -> ModelRequest:
    return ModelRequest(
        purpose=purpose,
        cluster_hash=name,
        messages=(Message("user", f"{purpose} cluster {name}"),),
        wire_schema=SCHEMA,
        schema_name="answer",
    )


def parse(text: str) -> str:
    value, findings = read_json(text)
    if findings or value not in ({"answer": "yes"}, {"answer": "no"}):
        raise InvalidReply(["the answer is `yes` or `no`"])
    return text


POLICY = RetryPolicy(backoff_s=0.01, max_backoff_s=0.05, pause_s=0.1)


@dataclass
class Batch:
    """Clusters that are written and judged side by side, as the engine does it."""

    limiter: RateLimiter
    n_clusters: int = 47
    attempts: list[AttemptRecord] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)

    def run(self, server: LlmServer) -> None:
        async def main() -> None:
            client = make_client("openai/gpt-5.4-mini", server.api_base("openai"), 10)
            breaker = Breaker(cooldown_s=0.1)

            async def one(name: str) -> None:
                budget = RetryBudget(POLICY.max_retries)
                try:
                    for purpose in ("write", "judge"):
                        await ask(
                            client,
                            request(name, purpose),
                            limiter=self.limiter,
                            policy=POLICY,
                            budget=budget,
                            breaker=breaker,
                            parse=parse,
                            on_attempt=self.attempts.append,
                        )
                    self.results[name] = "done"
                except ItemFailed as error:
                    self.results[name] = error.code
                except Abort as error:
                    self.results[name] = f"abort {error.code}"

            await asyncio.gather(*(one(f"c{i}") for i in range(self.n_clusters)))
            await close_clients()

        asyncio.run(main())

    @property
    def requests_by_cluster(self) -> Counter[str]:
        return Counter(attempt.request.cluster_hash for attempt in self.attempts)


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}")
    metadata.create_all(engine)
    return Batch(RateLimiter(engine, "p", 10_000, 10_000))


def test_a_fifth_of_the_answers_are_faults(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(fault_rate=0.2, seed=7, latency_s=0.005))
    batch.run(server)
    stats = server.stats()
    assert stats.n_faults / stats.n_requests == pytest.approx(0.2, abs=0.08)
    assert Counter(batch.results.values())["done"] >= 46
    assert stats.n_requests == len(batch.attempts)
    assert max(batch.requests_by_cluster.values()) <= 2 + 3


def test_a_bad_key_costs_one_request(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(required_key="another key"))
    batch.run(server)
    assert server.stats().n_requests == 1
    assert set(batch.results.values()) == {"abort CA-401"}


@pytest.mark.parametrize(
    ("fault", "code"), [("unknown_model", "CA-404"), ("quota", "CA-405"), ("forbidden", "CA-403")]
)
def test_so_do_an_unknown_model_and_a_used_up_quota(
    server: LlmServer, batch: Batch, fault: str, code: str
) -> None:
    server.configure(Behaviour(fault_rate=1.0, fault_modes=(fault,)))
    batch.run(server)
    assert server.stats().n_requests == 1
    assert set(batch.results.values()) == {f"abort {code}"}


def test_a_quota_that_ends_in_the_middle_ends_the_batch(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(script=(*[None] * 20, *["quota"] * 80), latency_s=0.02))
    batch.run(server)
    # What was on its way may fail too, nothing is sent after it
    assert server.stats().n_requests <= 20 + batch.n_clusters
    assert "abort CA-405" in batch.results.values()
    assert set(batch.results.values()) <= {"done", "abort CA-405"}


def test_a_429_pauses_all_and_nothing_is_lost(server: LlmServer, batch: Batch) -> None:
    server.configure(
        Behaviour(script=(*[None] * 10, "rate_limited"), retry_after_s=0.1, latency_s=0.02)
    )
    batch.run(server)
    assert set(batch.results.values()) == {"done"}
    assert server.stats().n_requests == 2 * batch.n_clusters + 1


@pytest.mark.slow  # measures arrivals, which a busy machine delays
def test_after_a_429_nothing_arrives_for_as_long_as_the_server_says(
    server: LlmServer, batch: Batch
) -> None:
    batch.limiter = RateLimiter(batch.limiter._slots._engine, "p", 600, 5, window_s=6.0)
    server.configure(
        Behaviour(script=(*[None] * 10, "rate_limited"), retry_after_s=2.0, latency_s=0.02)
    )
    batch.run(server)
    arrivals = server.stats().arrivals_s
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert 1.8 < max(gaps) < 3.0
    assert sorted(gaps)[-2] < 0.5


def test_an_outage_ends_in_an_abort_after_few_requests(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(fault_rate=1.0, fault_modes=("overloaded",)))
    batch.run(server)
    assert server.stats().n_requests == 6  # five in a row and the probe
    assert "abort CA-406" in batch.results.values()


def test_a_short_outage_is_sat_out(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(script=(None, *["overloaded"] * 5), latency_s=0.01))
    batch.run(server)
    assert set(batch.results.values()) == {"done"}


@pytest.mark.slow  # a busy machine delays requests into the window of others
def test_the_server_admits_what_the_limiter_lets_through(server: LlmServer, batch: Batch) -> None:
    batch.limiter = RateLimiter(
        batch.limiter._slots._engine, "p", 30, 10, window_s=1.5, margin_s=0.25
    )
    server.configure(Behaviour(limit=30, window_s=1.5, latency_s=0.1))
    batch.run(server)
    stats = server.stats()
    assert stats.n_rejected == 0
    assert stats.max_in_window <= 30
    assert set(batch.results.values()) == {"done"}


def test_the_key_is_in_no_attempt_when_a_gateway_echoes_it(server: LlmServer, batch: Batch) -> None:
    server.configure(Behaviour(fault_rate=0.5, fault_modes=("echo_key",), seed=1))
    batch.run(server)
    assert any(attempt.outcome == "server_error" for attempt in batch.attempts)
    assert KEY not in repr(batch.attempts)
    assert KEY not in json.dumps(batch.results)
