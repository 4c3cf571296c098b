"""A batch that is told to end: at any moment, in a process whose signals Dagster has taken over."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import dagster as dg
import pytest
from dagster._utils.interrupts import capture_interrupts, pop_captured_interrupt

from cluster_assets import names
from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.batch.progress import Progress
from cluster_assets.batch.runner import run_batch
from cluster_assets.orchestration.build import build_defs
from cluster_assets.orchestration.home import open_instance
from cluster_assets.orchestration.partitions import append_keys
from cluster_assets.orchestration.planning import plan_batch
from cluster_assets_bench.testing.llm_server import Behaviour
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.server_process import ServerProcess
from support.scripted import settings_on

N_CLUSTERS = 12
N_CANCELS = 50
CANCEL_S = 10.0
KEY = "sk-planted-0123456789abcdef0123"


class Told(BaseException):
    """What Dagster raises out of its signal handler is no `Exception` either."""


@pytest.fixture
def told() -> Iterator[None]:
    def raise_told(*_: object) -> None:
        raise Told

    before = {n: signal.signal(n, raise_told) for n in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Shown:
    """A sink that does something when it is shown progress."""

    def __init__(self, then: Callable[[Progress], object]) -> None:
        self.show = then


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["in a callback of the loop", "while the clusters are read"])
def test_a_signal_ends_the_batch_wherever_it_lands(
    tmp_path: Path, told: None, moment: str, number: int
) -> None:
    """An exception out of a handler is only logged in a callback: the batch would go on."""
    settings = settings_on(write_tables(tmp_path / "tables", 3), model="offline/template")
    installation = open_installation(settings, tmp_path)
    outcome = make_clustering(installation, "functional")
    done = []

    def early(_: object) -> None:
        if moment == "while the clusters are read":
            signal.raise_signal(number)

    def in_loop(_: Progress) -> None:
        if moment == "in a callback of the loop" and not done:
            asyncio.get_running_loop().call_soon(signal.raise_signal, number)

    with pytest.raises(Told):
        run_batch(
            installation,
            outcome.due,
            clustering_id=outcome.clustering.clustering_id,
            batch_id="batch",
            sink=Shown(in_loop),
            on_start=early,
            on_outcome=done.append,
        )
    assert len(done) < 3
    key = outcome.due[0]
    claim = installation.store.claim(key, owner="next", now=installation.now(), lease_s=1)
    assert claim, "the claims were not given back"


def _run_batches(folder: Path, environment: dict[str, str], pipe: Connection) -> None:
    """Run one batch after another on copies of a home, as Dagster's process of a run does."""
    os.environ.update(environment)
    os.chdir(folder)
    os.environ["DAGSTER_HOME"] = str(folder / "seed")
    sink = Shown(lambda progress: pipe.send(progress.done))
    job = build_defs({"progress": sink}).resolve_job_def(names.SUMMARY_BATCH_JOB)
    settings = settings_on({}, **_options(environment))
    seed = make_clustering(open_installation(settings, folder / "seed"), "functional")
    plan = plan_batch("functional", seed.clustering.clustering_id, "run", due=seed.due, n_cached=0)
    assert plan is not None
    open_instance().dispose()
    home = folder / "home"
    os.environ["DAGSTER_HOME"] = str(home)
    with capture_interrupts():
        while pipe.recv() == "go":
            pop_captured_interrupt()  # one that came too late for the batch before
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(folder / "seed", home)
            with open_instance() as instance:
                append_keys(instance, plan)
                with contextlib.suppress(BaseException):
                    job.execute_in_process(instance=instance, tags=plan.tags)
                [run] = instance.get_runs(dg.RunsFilter(job_name=names.SUMMARY_BATCH_JOB))
                pipe.send(run.status.value)


def _options(environment: dict[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("CLUSTER_ASSETS_").lower(): value
        for name, value in environment.items()
        if name.startswith("CLUSTER_ASSETS_")
    }


@pytest.mark.slow  # 50 batches of a busy machine; the test above is the quick one
def test_fifty_cancels_on_a_busy_machine_each_end_within_ten_seconds(tmp_path: Path) -> None:
    moments = random.Random(7)
    worst_s, n_cancelled = 0.0, 0
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with ServerProcess(Behaviour(latency_s=0.2)) as server:
        environment = {
            **write_tables(tmp_path / "tables", N_CLUSTERS),
            "CLUSTER_ASSETS_MODEL": "openai/writer-model",
            "CLUSTER_ASSETS_API_BASE": server.api_base(),
            "CLUSTER_ASSETS_REQUESTS_PER_MINUTE": "600",
            "CLUSTER_ASSETS_BURST": "8",
            "OPENAI_API_KEY": KEY,
        }
        worker = multiprocessing.get_context("spawn").Process(
            target=_run_batches, args=(tmp_path, environment, theirs)
        )
        worker.start()
        theirs.close()
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
        try:
            while n_cancelled < N_CANCELS:
                ours.send("go")
                n_done = moments.randrange(N_CLUSTERS // 2)
                if isinstance(_next(ours, n_done), str):
                    continue  # it had ended
                time.sleep(moments.uniform(0, 0.4))
                assert worker.pid is not None
                started = time.monotonic()
                os.kill(worker.pid, signal.SIGINT)
                # Nobody asked Dagster for it, so to Dagster it is a failure
                n_cancelled += _next(ours, N_CLUSTERS + 1, CANCEL_S) == "FAILURE"
                worst_s = max(worst_s, time.monotonic() - started)
        finally:
            worker.kill()
            worker.join()
            for process in busy:
                process.kill()
                process.wait()
    assert worst_s < CANCEL_S


def _next(pipe: Connection, n_done: int, limit_s: float = 600) -> int | str:
    """Wait until so many clusters are done, or for the status of the ended run."""
    deadline = time.monotonic() + limit_s
    while pipe.poll(max(0, deadline - time.monotonic())):
        value = pipe.recv()
        if isinstance(value, str) or value >= n_done:
            return value
    raise TimeoutError(f"nothing ended within {limit_s:g} s")
