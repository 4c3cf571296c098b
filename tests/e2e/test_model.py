"""A batch with a model over HTTP under a real daemon: first result, cancel, going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster_assets.client import BatchProgress, ClusterAssetsClient
from cluster_assets.store.connecting import default_url, open_engine
from cluster_assets.store.repository import Store
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import dagster_dev

N_CLUSTERS = 20
LATENCY_S = 1.0
KEY = "sk-planted-0123456789abcdef0123"


@dataclass(frozen=True)
class Site:
    client: ClusterAssetsClient
    server: LlmServer
    folder: Path

    @property
    def n_texts(self) -> int:
        engine = open_engine(default_url(self.folder / "home"))
        try:
            return Store(engine).counts()["validated_summary"]
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with LlmServer(Behaviour(latency_s=LATENCY_S, required_key=KEY)) as server:
        settings = {
            **write_tables(folder / "tables", N_CLUSTERS),
            "CLUSTER_ASSETS_MODEL": "openai/writer-model",
            "CLUSTER_ASSETS_API_BASE": server.api_base(),
            "CLUSTER_ASSETS_REQUESTS_PER_MINUTE": "150",
            "CLUSTER_ASSETS_BURST": "4",
            "OPENAI_API_KEY": KEY,
        }
        with dagster_dev(folder / "home", settings, folder / "dagster.log") as url:
            yield Site(ClusterAssetsClient(url), server, folder)


def wait_for(
    client: ClusterAssetsClient, run_id: str, ready: Callable[[BatchProgress], bool]
) -> BatchProgress:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        for batch in client.progress(run_id).batches:
            if ready(batch):
                return batch
        time.sleep(0.1)
    raise TimeoutError(str(client.progress(run_id)))


def test_a_cancelled_batch_ends_at_once_and_keeps_what_is_done(site: Site) -> None:
    run_id = site.client.launch("functional")
    batch = wait_for(site.client, run_id, lambda batch: batch.done >= 3)
    assert batch.status == "STARTED"
    assert batch.current
    site.client.cancel(batch.run_id)
    ended = wait_for(site.client, run_id, lambda batch: batch.status == "CANCELED")
    kept = site.n_texts
    assert N_CLUSTERS > kept >= 3
    assert ended.done == kept
    before = site.server.stats().n_requests
    time.sleep(2 * LATENCY_S)
    assert site.server.stats().n_requests == before

    # The next click goes on where it ended
    run_id = site.client.launch("functional")
    batch = wait_for(site.client, run_id, lambda batch: batch.status == "SUCCESS")
    assert (batch.succeeded, batch.skipped) == (N_CLUSTERS - kept, kept)
    results = site.client.results("functional")
    assert {result.verdict for result in results} <= {"accept", "low_confidence"}
    assert {result.source for result in results} == {"llm"}


def test_the_key_is_nowhere_on_disk(site: Site) -> None:
    found = [
        path
        for path in site.folder.rglob("*")
        if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert found == []
