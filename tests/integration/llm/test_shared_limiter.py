"""One limit over several processes, on SQLite and PostgreSQL, also when a process is hit."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.engine import Engine

from cluster_assets.errors import StoreError
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.limits import Limit
from cluster_assets.llm.slots import SlotTable
from cluster_assets.store.connecting import open_engine
from cluster_assets.store.tables import rate_pause, rate_slot
from cluster_assets_bench.testing.window import most_in_window

WORKER = Path(__file__).with_name("limiter_worker.py")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'limit.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def workers() -> Iterator[Workers]:
    running = Workers()
    yield running
    running.end()


class Worker:
    """One process; it goes when it is told to."""

    def __init__(self, mode: str, url: str, **options: object) -> None:
        given = [f"{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), mode, url, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def times(self) -> list[float]:
        return json.loads(self.read())


class Workers(list[Worker]):
    def start(self, mode: str, url: str, **options: object) -> Worker:
        self.append(Worker(mode, url, **options))
        return self[-1]

    def start_holder(self, url: str, seconds: float) -> Worker:
        holder = self.start("hold", url, seconds=seconds)
        assert holder.read() == "ready"
        holder.go()
        assert holder.read() == "holding"
        return holder

    def end(self) -> None:
        for worker in self:
            worker.process.kill()
            worker.process.wait()
            for pipe in (worker.process.stdin, worker.process.stdout):
                if pipe is not None:
                    pipe.close()


async def acquire_timed(limiter: RateLimiter) -> float:
    started = time.monotonic()
    await limiter.acquire()
    return time.monotonic() - started


def slots_of(engine: Engine) -> list[float]:
    """Return the slots that were given, in order, by the clock of the database."""
    with engine.connect() as connection:
        return list(connection.scalars(select(rate_slot.c.slot_at).order_by(rate_slot.c.slot_at)))


def test_four_processes_hold_one_limit(engine: Engine, url: str, workers: Workers) -> None:
    for _ in range(4):
        workers.start("take", url, requests=20, burst=5, window_s=1.8, margin_s=0.2, n=8)
    assert {worker.read() for worker in workers} == {"ready"}
    for worker in workers:
        worker.go()
    assert [len(worker.times()) for worker in workers] == [8] * 4
    slots = slots_of(engine)
    for reach, span_s in ((20, 2.0), (5, 0.5)):
        assert len(slots) > reach
        for earlier, later in zip(slots, slots[reach:], strict=False):
            assert later - earlier >= span_s - 1e-3


@pytest.mark.slow  # measures wake-ups, which a busy machine delays
def test_four_processes_take_turns(engine: Engine, url: str, workers: Workers) -> None:
    options = {"requests": 20, "burst": 5, "window_s": 1.8, "margin_s": 0.2, "n": 12}
    for _ in range(4):
        workers.start("take", url, **options)
    assert {worker.read() for worker in workers} == {"ready"}
    for worker in workers:
        worker.go()
    times = [worker.times() for worker in workers]
    together = sorted(at for of_one in times for at in of_one)
    assert len(together) == 48
    assert most_in_window(together, 1.8) <= 20
    bound_s = (48 - 5) / 20 * 2.0
    assert together[-1] - together[0] <= 1.05 * bound_s + 1.0  # a loaded machine
    ends = [of_one[-1] - together[0] for of_one in times]
    assert max(ends) / min(ends) <= 1.3


def test_a_killed_holder_holds_nobody_up(engine: Engine, url: str, workers: Workers) -> None:
    holder = workers.start_holder(url, seconds=60)
    holder.process.send_signal(signal.SIGKILL)
    # Whoever waits for a lock that is not given up gets a StoreError in the end
    asyncio.run(RateLimiter(engine, "p", 1000, 1000).acquire())


def test_a_killed_waiter_wastes_one_slot(engine: Engine, url: str, workers: Workers) -> None:
    limiter = RateLimiter(engine, "p", 10, 1, window_s=36_000.0)
    asyncio.run(limiter.acquire())
    waiter = workers.start("take", url, requests=10, burst=1, window_s=36_000, n=20)
    assert waiter.read() == "ready"
    waiter.go()
    while not limiter.state().waiting:
        time.sleep(0.05)
    waiter.process.kill()
    waiter.process.wait()
    assert limiter.state().waiting == 1


def test_a_stopped_holder_on_sqlite_is_a_clear_error(tmp_path: Path, workers: Workers) -> None:
    url = f"sqlite:///{tmp_path / 'limit.db'}"
    open_engine(url).dispose()
    engine = create_engine(url, connect_args={"timeout": 0.5})
    holder = workers.start_holder(url, seconds=2)
    holder.process.send_signal(signal.SIGSTOP)
    limiter = RateLimiter(engine, "p", 1000, 1000)
    with pytest.raises(StoreError) as caught:
        asyncio.run(limiter.acquire())
    assert caught.value.code == "CA-510"
    holder.process.send_signal(signal.SIGCONT)
    assert len(holder.times()) == 1
    asyncio.run(limiter.acquire())


@pytest.mark.slow
def test_a_stopped_holder_on_postgresql_loses_its_session(
    postgres_url: str, workers: Workers
) -> None:
    engine = open_engine(postgres_url)
    holder = workers.start_holder(postgres_url, seconds=1)
    holder.process.send_signal(signal.SIGSTOP)
    assert 3.0 < asyncio.run(acquire_timed(RateLimiter(engine, "p", 1000, 1000))) < 8.0
    holder.process.send_signal(signal.SIGCONT)
    assert holder.read() == "holding"  # its first transaction is undone, it begins another
    assert len(holder.times()) == 1
    engine.dispose()


def test_a_pause_stops_every_process(engine: Engine, url: str, workers: Workers) -> None:
    worker = workers.start("take", url, requests=100, burst=1, window_s=5, margin_s=0.1, n=60)
    assert worker.read() == "ready"
    worker.go()
    limiter = RateLimiter(engine, "p", 100, 1, window_s=5.0, margin_s=0.1)
    while limiter.state().used < 5:
        time.sleep(0.01)
    asyncio.run(limiter.pause(1.0))
    assert len(worker.times()) == 60
    with engine.connect() as connection:
        until = connection.scalar(select(rate_pause.c.pause_until))
    assert until is not None
    slots = slots_of(engine)
    assert [at for at in slots if until - 1.0 < at < until] == []
    assert slots[-1] >= until


def test_slots_on_postgresql(postgres_url: str) -> None:
    """The same slots as on SQLite, by the server's clock."""
    engine = open_engine(postgres_url)
    table = SlotTable(engine, "p", Limit(requests=6, burst=2, window_s=5999.0, margin_s=1.0))
    slots = [table.reserve("o") for _ in range(8)]
    # The scale leaves a busy machine minutes between the calls
    waits = [0, 0, 2000, 2000, 4000, 4000, 6000, 6000]
    assert [slot.wait_s for slot in slots] == pytest.approx(waits, abs=300)
    table.release(slots[-1].id)
    assert table.reserve("o").wait_s == pytest.approx(6000, abs=300)
    table.pause(50_000.0)
    assert table.wait_left(slots[2].id) == pytest.approx(50_000, abs=300)
    state = table.state()
    assert (state.key, state.used, state.waiting) == ("p", 2, 6)
    assert state.pause_s == pytest.approx(50_000, abs=300)
    engine.dispose()


def test_a_server_that_was_restarted_is_connected_to_again(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    limiter = RateLimiter(engine, "p", 1000, 1000)
    asyncio.run(limiter.acquire())
    other = create_engine(postgres_url)
    with other.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    asyncio.run(limiter.acquire())
    engine.dispose()
    other.dispose()
