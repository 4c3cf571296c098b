"""`cluster-assets bench engine`: whole batches, over HTTP to the tests' server and under a daemon.

Not here: the rate limiter by itself (`limiter`). Rates are scaled up so that a run takes seconds;
the bound beside a figure is what the rate and the latency alone would take.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.batch.progress import NoProgress, Progress
from cluster_assets.batch.runner import run_batch
from cluster_assets.batch.scheduling import Outcome
from cluster_assets.errors import Abort
from cluster_assets.settings import Settings
from cluster_assets_bench.figures import BenchReport, Figure
from cluster_assets_bench.testing.llm_server import Behaviour
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import clean_environment, dagster_dev
from cluster_assets_bench.testing.server_process import ServerProcess

N_CLUSTERS = 47
LATENCY_S = 1.0
REQUESTS_PER_MINUTE = 600
BURST = 20
KEY = "sk-bench-0123456789abcdef"
MODEL = "openai/bench-writer"


@dataclass
class BatchRun:
    """One batch and when its clusters ended, in seconds after its start."""

    progress: Progress | None
    ended_s: list[float] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    wall_s: float = 0.0


def run_engine_bench(*, repeats: int = 3, daemon: bool = True) -> BenchReport:
    """Measure whole batches.

    Args:
        repeats: runs of each figure.
        daemon: also through a real webserver, daemon and sensor, about 30 s for each run.
    """
    with ServerProcess() as server:
        figures = [
            *_clean(server, repeats),
            *_faults(server, repeats),
            _bad_key(server),
            _cancel(server, repeats),
        ]
    if daemon:
        figures.append(_click(repeats))
    return BenchReport(f"Batches of {N_CLUSTERS} clusters", tuple(figures))


def _clean(server: ServerProcess, repeats: int) -> Iterator[Figure]:
    behaviour = Behaviour(latency_s=LATENCY_S)
    runs = [_batch(server, behaviour) for _ in range(repeats)]
    n_requests, per_s = 2 * N_CLUSTERS, REQUESTS_PER_MINUTE / 60
    bound = (n_requests - BURST) / per_s + LATENCY_S
    yield Figure("written and judged, all done", "s", tuple(r.wall_s for r in runs), bound=bound)
    yield Figure(
        "first judged text",
        "s",
        tuple(run.ended_s[0] for run in runs),
        bound=2 * LATENCY_S,
        at_most=2 * 2 * LATENCY_S,
    )
    yield Figure("replies 429", "", (float(server.stats().n_rejected),), at_most=0)


def _faults(server: ServerProcess, repeats: int) -> Iterator[Figure]:
    templates, unpublished, retries = [], [], []
    for seed in range(1, repeats + 1):
        run = _batch(server, Behaviour(latency_s=0.05, fault_rate=0.2, seed=seed))
        sources = [o.summary.source for o in run.outcomes if o.summary is not None]
        templates.append(float(sources.count("template")))
        unpublished.append(float(N_CLUSTERS - len(sources)))
        sent: dict[str, int] = {}
        for name, count in server.stats().by_cluster.items():
            key = name.split()[0]
            sent[key] = sent.get(key, 0) + count
        retries.append(float(max(sent.values()) - 2))
    yield Figure("20 % faults: clusters with a template", "", tuple(templates), at_most=1)
    yield Figure("20 % faults: clusters without a text", "", tuple(unpublished), at_most=0)
    yield Figure("20 % faults: retries of the worst cluster", "", tuple(retries), at_most=3)


def _bad_key(server: ServerProcess) -> Figure:
    run = _batch(server, Behaviour(required_key="another key"))
    if run.progress is not None:
        raise AssertionError("a batch with a bad key ended well")
    return Figure("bad key: requests", "", (float(server.stats().n_requests),), at_most=1)


def _cancel(server: ServerProcess, repeats: int) -> Figure:
    """Measure from Ctrl-C to the end of the process, in the middle of a batch."""
    took = []
    for _ in range(repeats):
        server.configure(Behaviour(latency_s=LATENCY_S))
        with TemporaryDirectory() as name:
            folder = Path(name)
            settings = {**write_tables(folder / "tables", N_CLUSTERS), **_model(server)}
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("cluster-assets")), "run", "--json"],
                env=clean_environment(folder / "home", settings),
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while server.stats().n_requests < 20:
                time.sleep(0.05)
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.wait(60)
            took.append(time.monotonic() - started)
    return Figure("Ctrl-C to the end", "s", tuple(took), at_most=3)


def _click(repeats: int) -> Figure:
    """Measure from the clustering's event to the last text, offline, with sensor and daemon."""
    import dagster as dg

    from cluster_assets.client import ClusterAssetsClient

    took = []
    for _ in range(repeats):
        with TemporaryDirectory() as name:
            folder = Path(name)
            settings = write_tables(folder / "tables", N_CLUSTERS)
            with dagster_dev(folder / "home", settings, folder / "log") as url:
                client = ClusterAssetsClient(url)
                time.sleep(5)  # the daemon's first rounds
                run_id = client.launch("functional")
                while not (client.progress(run_id).batches and client.progress(run_id).ended):
                    time.sleep(0.2)
                with _home(folder / "home"), dg.DagsterInstance.get() as instance:
                    event, texts = (
                        [r.timestamp for r in instance.fetch_materializations(key, 100).records]
                        for key in map(
                            dg.AssetKey, ("functional_clustering", "validated_summaries")
                        )
                    )
            took.append(max(texts) - event[0])
    what = f"{N_CLUSTERS} new clusters under a daemon, offline: event to all done"
    return Figure(what, "s", tuple(took), at_most=10)


@contextmanager
def _home(path: Path) -> Iterator[None]:
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(path)
    try:
        yield
    finally:
        os.environ.pop("DAGSTER_HOME")
        if before is not None:
            os.environ["DAGSTER_HOME"] = before


def _model(server: ServerProcess) -> dict[str, str]:
    return {
        "CLUSTER_ASSETS_MODEL": MODEL,
        "CLUSTER_ASSETS_API_BASE": server.api_base(),
        "CLUSTER_ASSETS_REQUESTS_PER_MINUTE": str(REQUESTS_PER_MINUTE),
        "CLUSTER_ASSETS_BURST": str(BURST),
        "OPENAI_API_KEY": KEY,
    }


def _batch(server: ServerProcess, behaviour: Behaviour) -> BatchRun:
    """Run one batch in this process; an abort leaves no progress."""
    server.configure(behaviour)
    with TemporaryDirectory() as name:
        folder = Path(name)
        named = {**write_tables(folder / "tables", N_CLUSTERS), **_model(server)}
        prefix = "CLUSTER_ASSETS_"
        values = {k.removeprefix(prefix).lower(): v for k, v in named.items() if prefix in k}
        os.environ["OPENAI_API_KEY"] = KEY
        installation = open_installation(Settings(**values), folder / "home")  # type: ignore[arg-type]
        outcome = make_clustering(installation, "functional")
        run = BatchRun(None)
        started = time.monotonic()

        def ended(result: Outcome) -> None:
            run.ended_s.append(time.monotonic() - started)
            run.outcomes.append(result)

        try:
            run.progress = run_batch(
                installation,
                outcome.due,
                clustering_id=outcome.clustering.clustering_id,
                batch_id="bench",
                sink=NoProgress(),
                on_start=lambda _: None,
                on_outcome=ended,
            )
        except Abort:
            run.progress = None
        run.wall_s = time.monotonic() - started
        installation.store.engine.dispose()
    return run
