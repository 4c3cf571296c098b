"""Benchmark of the request limit: does it hold, is it kept full, is it shared, what does it cost.

Everything goes through the product's own path (client, retries, breaker, limiter) to a server with
an exact window, which counts. Peers are measured against the same server by `limiter_peers`.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from cluster_assets.errors import StoreError
from cluster_assets.llm.limits import Limit
from cluster_assets.llm.slots import SlotTable
from cluster_assets.store.connecting import open_engine
from cluster_assets.store.tables import rate_pause, rate_slot
from cluster_assets_bench.figures import BenchReport, Figure
from cluster_assets_bench.limiter_peers import measure_peers
from cluster_assets_bench.limiter_worker import LIMIT_KEY, Task
from cluster_assets_bench.testing.llm_server import Behaviour
from cluster_assets_bench.testing.server_process import ServerProcess

WIDE = Limit(requests=100_000, burst=100_000, window_s=60.0, margin_s=1.0)
LATENCY_S = 2.0
_N_RESERVATIONS = 500
_NOTE = (
    "Imports, and the first request of a batch, which goes alone until it is answered, are done"
    " before the start."
)
_STOPPED_LOCK_S = 2.0  # SQLite's busy timeout in the benchmark; 30 s in the product


@dataclass(frozen=True, slots=True)
class Load:
    """One load: processes that all want to send at once."""

    what: str
    n_processes: int
    n_each: int
    limit: Limit
    latency_s: float = LATENCY_S

    @property
    def n(self) -> int:
        """Requests in all."""
        return self.n_processes * self.n_each

    @property
    def rate_bound_s(self) -> float:
        """Requests over rate, and the latency of the last."""
        return self.n * self.limit.window_s / self.limit.requests + self.latency_s

    @property
    def burst_bound_s(self) -> float:
        """The start of the last burst when nothing is added to the window, and a latency."""
        n_bursts = math.ceil(self.n / self.limit.burst)
        span_s = self.limit.burst * self.limit.window_s / self.limit.requests
        return (n_bursts - 1) * span_s + self.latency_s


FOUR = Load("4 processes x 25, 30 in 6 s, 2 s each", 4, 25, Limit(30, 10, 6.0, 0.3))
ONE = Load("1 process x 100, 30 in 6 s, 2 s each", 1, 100, FOUR.limit)
REAL = Load("1 process x 60, 30 in 60 s, 2 s each", 1, 60, Limit(30, 10, 60.0, 1.0))


def run_limiter_bench(
    *,
    repeats: int = 3,
    full: bool = False,
    peers: bool = False,
    database_url: str | None = None,
) -> BenchReport:
    """Measure the limiter.

    Args:
        repeats: runs of each figure.
        full: also the real window of 60 s, which takes about 2 minutes.
        peers: also the peers, each in an environment that is made when it is not there.
        database_url: where the slots are; a new SQLite file when not given.
    """
    notes = [_NOTE]
    with _database(database_url) as (url, engine), ServerProcess() as server:
        figures = [*_under_load(FOUR, server, url, repeats)]
        if full:
            figures += _real_window(server, url)
        figures += [
            _after_kill(url, engine, repeats),
            _after_stop(url, engine),
            _cost(url, repeats),
        ]
        if peers:
            figures += _under_load(ONE, server, url, repeats)
            behaviour = _behaviour(ONE)
            found = measure_peers(server, behaviour, ONE.n, ONE.rate_bound_s, repeats)
            for item in found:
                if isinstance(item, Figure):
                    figures.append(item)
                else:
                    notes.append(item)
        where = engine.dialect.name
    return BenchReport(f"Request limit on {where}", tuple(figures), tuple(notes))


def _behaviour(load: Load) -> Behaviour:
    return Behaviour(
        limit=load.limit.requests, window_s=load.limit.window_s, latency_s=load.latency_s
    )


def _under_load(load: Load, server: ServerProcess, url: str, repeats: int) -> Iterator[Figure]:
    runs = [run_load(load, server, url) for _ in range(repeats)]
    bound_s = load.rate_bound_s
    yield Figure(
        f"{load.what}: wall", "s", tuple(run.wall_s for run in runs), bound_s, 1.05 * bound_s
    )
    yield Figure("  replies 429", "", tuple(run.n_rejected for run in runs), 0, 0)
    yield Figure("  most arrivals in a window", "", tuple(run.max_in_window for run in runs), None)
    yield Figure("  last process / first", "x", tuple(run.spread for run in runs), 1, 1.3)


def _real_window(server: ServerProcess, url: str) -> Iterator[Figure]:
    run, bound_s = run_load(REAL, server, url), REAL.burst_bound_s
    yield Figure(f"{REAL.what}: wall", "s", (run.wall_s,), bound_s, 1.03 * bound_s)
    yield Figure("  replies 429", "", (run.n_rejected,), 0, 0)


@dataclass(frozen=True, slots=True)
class LoadRun:
    """What one run of a load came to."""

    wall_s: float
    n_rejected: int
    max_in_window: int
    spread: float


def run_load(load: Load, server: ServerProcess, url: str) -> LoadRun:
    """Let the processes send and count at the server."""
    server.configure(Behaviour())
    task = Task("send", url, server.api_base(), load.n_each, **asdict(load.limit))
    workers = [_Worker(task) for _ in range(load.n_processes)]
    for worker in workers:
        worker.read()
    _forget(url)
    server.configure(_behaviour(load))
    started = time.monotonic()
    for worker in workers:
        worker.go()
    ends = [max(json.loads(worker.read())) - started for worker in workers]
    for worker in workers:
        worker.end()
    stats = server.stats()
    return LoadRun(max(ends), stats.n_rejected, stats.max_in_window, max(ends) / min(ends))


def _after_kill(url: str, engine: Engine, repeats: int) -> Figure:
    waits = []
    for _ in range(repeats):
        holder = _holder(url)
        holder.process.send_signal(signal.SIGKILL)
        waits.append(_seconds(lambda: _slots(engine).reserve("bench")))
        holder.end()
    return Figure("holder of the lock killed: others go on after", "s", tuple(waits), 0, 1.0)


def _after_stop(url: str, engine: Engine) -> Figure:
    """A stopped holder: an error within the lock timeout (SQLite), or on they go (PostgreSQL)."""
    holder = _holder(url)
    holder.process.send_signal(signal.SIGSTOP)

    def reserve() -> None:
        try:
            _slots(engine).reserve("bench")
        except StoreError:
            return

    waited_s = _seconds(reserve)
    holder.end()
    on_sqlite = engine.dialect.name == "sqlite"
    what = "clear error" if on_sqlite else "others go on"
    return Figure(
        f"holder of the lock stopped: {what} after", "s", (waited_s,), 0, 3.0 if on_sqlite else 10.0
    )


def _cost(url: str, repeats: int) -> Figure:
    engine, runs = open_engine(url), []
    slots = _slots(engine)
    for _ in range(repeats):
        seconds = _seconds(lambda: [slots.reserve("bench") for _ in range(_N_RESERVATIONS)])
        runs.append(1e6 * seconds / _N_RESERVATIONS)
    engine.dispose()
    return Figure("one reservation", "us", tuple(runs))


def _slots(engine: Engine) -> SlotTable:
    return SlotTable(engine, LIMIT_KEY, WIDE)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@contextmanager
def _database(url: str | None) -> Iterator[tuple[str, Engine]]:
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{Path(folder) / 'bench.db'}"
        open_engine(url).dispose()
        engine = _engine(url)
        yield url, engine
        engine.dispose()


def _engine(url: str) -> Engine:
    arguments = {"timeout": _STOPPED_LOCK_S} if url.startswith("sqlite") else {}
    return create_engine(url, connect_args=arguments)


def _forget(url: str) -> None:
    """Delete all slots, so that the next run begins with an idle limit."""
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(rate_slot.delete())
        connection.execute(rate_pause.delete())
    engine.dispose()


class _Worker:
    """One process; see `limiter_worker`."""

    def __init__(self, task: Task) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cluster_assets_bench.limiter_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.go(json.dumps(asdict(task)))

    def go(self, line: str = "") -> None:
        assert self.process.stdin is not None  # noqa: S101  (a pipe was asked for)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self) -> str:
        assert self.process.stdout is not None  # noqa: S101  (a pipe was asked for)
        return self.process.stdout.readline()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _holder(url: str) -> _Worker:
    worker = _Worker(Task("hold", url, "", 0, **asdict(WIDE)))
    worker.read()
    return worker
