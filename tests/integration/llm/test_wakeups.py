"""Waiting for slots by a real clock."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.store.tables import metadata

pytestmark = pytest.mark.slow  # measures wake-ups, which a busy machine delays


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}")
    metadata.create_all(engine)
    return engine


def test_a_pause_holds_back_who_is_waiting_already(engine: Engine) -> None:
    async def main() -> float:
        limiter = RateLimiter(engine, "p", 10, 1, window_s=1.0, margin_s=0.1)
        await limiter.acquire()
        started = time.monotonic()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.02)
        await RateLimiter(engine, "p", 10, 1, window_s=1.0).pause(0.8)
        await waiting
        return time.monotonic() - started

    assert asyncio.run(main()) == pytest.approx(0.82, abs=0.15)


def test_who_wakes_up_late_takes_another_slot(engine: Engine) -> None:
    """A slot that was slept through would put its request into the window of others."""

    async def main() -> int:
        limiter = RateLimiter(engine, "p", 10, 1, window_s=1.0, margin_s=0.1)
        await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.02)
        time.sleep(0.5)
        await waiting
        return limiter.state().used

    assert asyncio.run(main()) == 3


def test_the_loop_goes_on_while_the_database_is_locked(engine: Engine) -> None:
    async def main() -> float:
        limiter = RateLimiter(engine, "p", 10, 10)
        worst, last = 0.0, time.monotonic()
        with engine.connect() as holder:
            holder.exec_driver_sql("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(limiter.acquire())
            for _ in range(30):
                await asyncio.sleep(0.01)
                now = time.monotonic()
                worst, last = max(worst, now - last), now
            assert not waiting.done()
            holder.rollback()
        await waiting
        return worst

    assert asyncio.run(main()) < 0.15
