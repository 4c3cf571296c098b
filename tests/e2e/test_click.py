"""From a click to judged texts, with a real webserver, daemon and sensor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import httpx
import pytest

from cluster_assets.client import ClientError, ClusterAssetsClient, ClusteringProgress
from cluster_assets_bench.testing.planted import GENES_PER_CLUSTER, gene_id, write_tables
from cluster_assets_bench.testing.processes import dagster_dev

N_CLUSTERS = 47


@dataclass(frozen=True)
class Site:
    url: str
    client: ClusterAssetsClient
    home: Path
    tables: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    settings = write_tables(folder / "tables", N_CLUSTERS)
    with dagster_dev(folder / "home", settings, folder / "dagster.log") as url:
        yield Site(url, ClusterAssetsClient(url), folder / "home", folder / "tables")


def wait_for(client: ClusterAssetsClient, run_id: str) -> ClusteringProgress:
    """Wait until it has ended, as a host does, which looks at nothing else."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        progress = client.progress(run_id)
        if progress.ended:
            return progress
        time.sleep(0.1)
    raise TimeoutError(str(client.progress(run_id)))


def switch_sensor(site: Site, *, on: bool) -> None:
    """Switch the sensor as a person does in the UI."""
    selector = {
        "repositoryLocationName": "cluster_assets",
        "repositoryName": "__repository__",
        "sensorName": "new_clusters_sensor",
    }

    def ask(query: str, **variables: object) -> dict:
        body = {"query": query, "variables": variables}
        return httpx.post(f"{site.url}/graphql", json=body, timeout=60).json()["data"]

    if on:
        start = "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }"
        assert ask(start, s=selector)["startSensor"]["__typename"] == "Sensor"
        return
    find = (
        "query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { ... on Sensor { id } } }"
    )
    stop = "mutation($id: String!) { stopSensor(id: $id) { __typename } }"
    sensor_id = ask(find, s=selector)["sensorOrError"]["id"]
    stopped = ask(stop, id=sensor_id)["stopSensor"]["__typename"]
    assert stopped == "StopSensorMutationResult"


@pytest.fixture
def instance(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(site.home))
    with dg.DagsterInstance.get() as opened:
        yield opened


def test_before_the_first_clustering_there_is_nothing_to_read(site: Site) -> None:
    assert site.client.results() == []


def test_what_is_not_there_is_said(site: Site) -> None:
    assert site.client.cluster("0" * 64) is None
    for call in (site.client.progress, site.client.cancel):
        with pytest.raises(ClientError) as caught:
            call("00000000-0000-0000-0000-000000000000")
        assert caught.value.code == "RunNotFoundError"
    with pytest.raises(ClientError) as caught:
        ClusterAssetsClient("http://127.0.0.1:1").results()
    assert caught.value.code == "CA-601"


def test_one_click_leads_to_one_batch_run_and_texts_for_all(
    site: Site, instance: dg.DagsterInstance
) -> None:
    run_id = site.client.launch("functional")
    progress = wait_for(site.client, run_id)
    assert progress.status == "SUCCESS"
    assert len(progress.batches) == 1
    batch = progress.batches[0]
    assert (batch.status, batch.type, batch.done, batch.total) == (
        "SUCCESS",
        "functional",
        N_CLUSTERS,
        N_CLUSTERS,
    )
    assert (batch.succeeded, batch.failed, batch.rejected, batch.skipped) == (N_CLUSTERS, 0, 0, 0)
    assert batch.label == f"Generating {N_CLUSTERS}/{N_CLUSTERS} clusters"
    assert len(instance.get_runs(dg.RunsFilter(job_name="summary_batch_job"))) == 1

    results = site.client.results("functional")
    assert len(results) == N_CLUSTERS
    assert {result.verdict for result in results} == {"low_confidence"}
    assert {result.source for result in results} == {"template"}
    detail = site.client.cluster(results[0].cluster_hash)
    assert detail is not None
    assert detail.verdict == "low_confidence"
    assert detail.metadata["model"] == "offline/template"
    assert len(detail.members) == GENES_PER_CLUSTER
    assert {member.confidence for member in detail.members} == {1.0}  # cliques
    assert detail.subclusters == {}
    assert all(claim["evidence"] for claim in detail.summary["claims"])

    for asset in ("clusters", "cluster_summaries", "validated_summaries"):
        keys = instance.get_materialized_partitions(dg.AssetKey(asset))
        assert keys == {result.cluster_hash for result in results}


def test_a_second_click_finds_all_cached(site: Site, instance: dg.DagsterInstance) -> None:
    before = instance.get_dynamic_partitions("cluster_hash")
    run_id = site.client.launch("functional")
    progress = wait_for(site.client, run_id)
    assert (progress.status, progress.n_new) == ("SUCCESS", {"functional": 0})
    time.sleep(4)  # several ticks of the sensor
    assert site.client.progress(run_id).batches == ()
    assert instance.get_dynamic_partitions("cluster_hash") == before


def test_one_changed_cluster_is_one_new_text(site: Site, instance: dg.DagsterInstance) -> None:
    write_tables(site.tables, N_CLUSTERS, without=[gene_id(3, 11)], shuffle_seed=1)
    run_id = site.client.launch("functional")
    batch = wait_for(site.client, run_id).batches[0]
    assert (batch.total, batch.succeeded, batch.skipped) == (1, 1, N_CLUSTERS - 1)
    assert len(instance.get_dynamic_partitions("cluster_hash")) == N_CLUSTERS + 1
    assert len(site.client.results("functional")) == N_CLUSTERS


def test_until_its_batch_exists_a_clustering_has_not_ended(site: Site) -> None:
    """The sensor is off, so that the moment before the batch lasts."""
    switch_sensor(site, on=False)
    try:
        write_tables(site.tables, N_CLUSTERS, without=[gene_id(5, 11)])
        overtaken = site.client.launch("functional")
        while (before := site.client.progress(overtaken)).status != "SUCCESS":
            time.sleep(0.1)
        assert before.n_new["functional"] > 0
        assert (before.ended, before.batches, before.awaited) == (False, (), ("functional",))
        assert "stopped" in (before.stalled or "")
        again = site.client.launch("functional")
        while site.client.progress(again).status != "SUCCESS":
            time.sleep(0.1)
    finally:
        switch_sensor(site, on=True)
    assert wait_for(site.client, again).batches[0].status == "SUCCESS"
    first = wait_for(site.client, overtaken)
    assert first.batches == ()
    assert again in first.without_batch["functional"]


def test_a_lost_event_log_loses_no_text_and_is_healed(
    site: Site, instance: dg.DagsterInstance
) -> None:
    results = site.client.results("functional")
    instance.wipe_assets([dg.AssetKey("validated_summaries")])
    assert instance.get_materialized_partitions(dg.AssetKey("validated_summaries")) == set()
    run_id = site.client.launch("functional")
    wait_for(site.client, run_id)
    deadline = time.monotonic() + 300
    healed: set[str] = set()
    while len(healed) < N_CLUSTERS and time.monotonic() < deadline:
        time.sleep(0.5)
        healed = instance.get_materialized_partitions(dg.AssetKey("validated_summaries"))
    assert healed == {result.cluster_hash for result in results}
    assert site.client.progress(run_id).batches == ()
