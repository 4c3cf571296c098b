"""Waiting for slots: order, cancellation, pauses, lateness."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from cluster_assets.llm.limiter import RateLimiter, limit_key
from cluster_assets.store.tables import metadata
from support.clock import Clock


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}")
    metadata.create_all(engine)
    return engine


def test_first_come_first_served_and_never_too_many(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, times = Clock(monkeypatch), []
    limiter = RateLimiter(engine, "p", 10, 5, window_s=50.0, margin_s=10.0)

    async def one(i: int) -> None:
        await limiter.acquire()
        times.append((i, clock.now))

    async def main() -> None:
        await asyncio.gather(*(one(i) for i in range(25)))

    asyncio.run(main())
    assert [i for i, _ in times] == list(range(25))
    first = times[0][1]
    assert [at - first for _, at in times] == pytest.approx([30.0 * (i // 5) for i in range(25)])


def test_two_limiters_take_turns(engine: Engine) -> None:
    async def both() -> list[str]:
        order: list[str] = []

        async def queue(name: str) -> None:
            limiter = RateLimiter(engine, "p", 10, 1, window_s=0.5, margin_s=0.0, owner=name)
            for _ in range(6):
                await limiter.acquire()
                order.append(name)

        await asyncio.gather(queue("a"), queue("b"))
        return order

    order = asyncio.run(both())
    assert abs(order[:6].count("a") - 3) <= 1


def test_a_cancelled_caller_gives_its_slot_back(engine: Engine) -> None:
    async def main() -> None:
        limiter = RateLimiter(engine, "p", 1, 1, window_s=3600.0)
        await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        while not limiter.state().waiting:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert limiter.state().waiting == 0
        assert limiter.state().next_free_s <= 3601

    asyncio.run(main())


def test_cancelled_while_the_slot_is_being_reserved(engine: Engine) -> None:
    async def main() -> None:
        limiter = RateLimiter(engine, "p", 5, 5, window_s=3600.0)
        for _ in range(20):
            waiting = asyncio.create_task(limiter.acquire())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert limiter.state().used == 0
        assert limiter.state().waiting == 0

    asyncio.run(main())


def test_one_limiter_serves_several_loops(engine: Engine) -> None:
    limiter = RateLimiter(engine, "p", 100, 100, window_s=3600.0)

    async def five() -> None:
        await asyncio.gather(*(limiter.acquire() for _ in range(5)))

    for _ in range(2):
        asyncio.run(five())
    assert limiter.state().used == 10


@pytest.mark.parametrize(
    ("model", "api_base", "key"),
    [
        ("gemini/gemini-3.5-flash", None, "gemini"),
        ("gemini/gemini-3-pro", None, "gemini"),
        ("openrouter/openai/gpt-5.4", None, "openrouter"),
        ("openai/x", "http://host:8000/v1/", "openai@host:8000/v1"),
        ("openai/x", "http://user:pw@host:8000/v1/", "openai@an address that cannot be read"),
    ],
)
def test_key(model: str, api_base: str | None, key: str) -> None:
    assert limit_key(model, api_base) == key


def test_long_keys_stay_apart_and_fit_the_column() -> None:
    one, two = (limit_key("openai/x", f"http://host/{'a' * 300}{end}") for end in "12")
    assert one != two
    assert max(len(one), len(two)) <= 120
