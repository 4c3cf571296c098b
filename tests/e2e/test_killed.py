"""kill -9 of webserver, daemon and runs in mid-batch: the next click gets its batch."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster_assets.client import BatchProgress, ClusterAssetsClient
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import dagster_dev_process

N_CLUSTERS = 20
KEY = "sk-planted-0123456789abcdef0123"
BOUND_S = 60


def wait_for(
    client: ClusterAssetsClient, run_id: str, ready: Callable[[BatchProgress], bool]
) -> BatchProgress:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        for batch in client.progress(run_id).batches:
            if ready(batch):
                return batch
        time.sleep(0.1)
    raise TimeoutError(str(client.progress(run_id)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_after_all_processes_were_killed_the_next_click_starts_a_batch(
    tmp_path: Path, seed: int
) -> None:
    moment_s = random.Random(seed).uniform(0, 6)
    with LlmServer(Behaviour(latency_s=1.0, required_key=KEY)) as server:
        settings = {
            **write_tables(tmp_path / "tables", N_CLUSTERS),
            "CLUSTER_ASSETS_MODEL": "openai/writer-model",
            "CLUSTER_ASSETS_API_BASE": server.api_base(),
            "CLUSTER_ASSETS_REQUESTS_PER_MINUTE": "120",
            "CLUSTER_ASSETS_BURST": "4",
            "OPENAI_API_KEY": KEY,
        }
        home = tmp_path / "home"
        with dagster_dev_process(home, settings, tmp_path / "1.log") as (url, process):
            client = ClusterAssetsClient(url)
            killed = client.launch("functional")
            # One that was created and not launched is launched by the next daemon, and not dead
            batch = wait_for(client, killed, lambda batch: batch.status == "STARTED")
            time.sleep(moment_s)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with dagster_dev_process(home, settings, tmp_path / "2.log") as (url, _):
            client = ClusterAssetsClient(url)
            clicked = time.monotonic()
            run_id = client.launch("functional")
            wait_for(client, run_id, lambda batch: batch.status in {"STARTED", "SUCCESS"})
            started_s = time.monotonic() - clicked
            ended = wait_for(client, run_id, lambda batch: batch.status == "SUCCESS")
            assert ended.succeeded + ended.skipped == N_CLUSTERS
            assert client.progress(killed).batches[0].status == "FAILURE"
            assert client.progress(killed).batches[0].run_id == batch.run_id
            assert started_s < BOUND_S


@pytest.mark.slow
def test_a_run_whose_processes_were_killed_can_be_cancelled(tmp_path: Path) -> None:
    with LlmServer(Behaviour(latency_s=5.0, required_key=KEY)) as server:
        settings = {
            **write_tables(tmp_path / "tables", N_CLUSTERS),
            "CLUSTER_ASSETS_MODEL": "openai/writer-model",
            "CLUSTER_ASSETS_API_BASE": server.api_base(),
            "OPENAI_API_KEY": KEY,
        }
        home = tmp_path / "home"
        with dagster_dev_process(home, settings, tmp_path / "1.log") as (url, process):
            client = ClusterAssetsClient(url)
            run_id = client.launch("functional")
            batch = wait_for(client, run_id, lambda batch: batch.status == "STARTED")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with dagster_dev_process(home, settings, tmp_path / "2.log") as (url, _):
            client = ClusterAssetsClient(url)
            client.cancel(batch.run_id)
            assert client.progress(run_id).batches[0].status in {"CANCELED", "FAILURE"}
