"""Whole batches in this process: real store, real Dagster instance, real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest
from dagster import AssetKey
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from cluster_assets.batch.installation import Installation, open_installation
from cluster_assets.batch.progress import NoProgress
from cluster_assets.core.summary.checks import Checker
from cluster_assets.errors import Abort, InputError
from cluster_assets.orchestration.home import open_instance
from cluster_assets.orchestration.local import RunReport, run_locally
from cluster_assets.orchestration.partitions import cluster_hashes
from cluster_assets.settings import load_settings
from cluster_assets.terminal import print_reports
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer
from cluster_assets_bench.testing.planted import gene_id, write_tables

pytestmark = [
    # aiohttp and litellm leave these to the collector when an event loop ends
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
    pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20"),
]

Run = Callable[..., RunReport]


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


class Site:
    """One installation on planted tables."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
        monkeypatch.chdir(folder)
        self.instance = open_instance()
        self.offset = timedelta()

    def tables(self, n_clusters: int, **options: object) -> None:
        for name, value in write_tables(self.folder / "tables", n_clusters, **options).items():
            self.monkeypatch.setenv(name, value)

    def use_model(self, server: LlmServer, **settings: str) -> None:
        values = {
            "MODEL": "openai/writer-model",
            "API_BASE": server.api_base(),
            "REQUESTS_PER_MINUTE": "6000",
            "BURST": "1000",
            **settings,
        }
        for name, value in values.items():
            self.monkeypatch.setenv(f"CLUSTER_ASSETS_{name}", value)

    def installation(self) -> Installation:
        opened = open_installation(load_settings(), self.folder / "home")
        opened.now = lambda: datetime.now(UTC) + self.offset
        return opened

    def run(self, **options: object) -> RunReport:
        installation = self.installation()
        with patch("cluster_assets.batch.installation.open_installation", lambda *_: installation):
            [report] = run_locally(
                installation, self.instance, ["functional"], sink=NoProgress(), **options
            )
        return report

    def partitions(self, asset: str) -> tuple[set[str], set[str]]:
        """Return the materialized and the failed partitions of an asset."""
        status = get_and_update_asset_status_cache_value(
            self.instance, AssetKey(asset), cluster_hashes
        )
        done = status.deserialize_materialized_partition_subsets(cluster_hashes)
        failed = status.deserialize_failed_partition_subsets(cluster_hashes)
        return set(done.get_partition_keys()), set(failed.get_partition_keys())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path, monkeypatch)
    yield made
    made.instance.dispose()


def totals(report: RunReport) -> tuple[int, int, int, int]:
    counted = report.progress.totals
    return counted.succeeded, counted.failed, counted.rejected, counted.skipped


def test_a_batch_is_written_judged_and_accepted(here: Site, server: LlmServer) -> None:
    here.tables(6)
    here.use_model(server)
    report = here.run()
    assert report.error is None
    assert totals(report) == (6, 0, 0, 0)
    assert report.progress.usage.requests == 12
    stored = here.installation().store.summaries(
        here.instance.get_dynamic_partitions("cluster_hash")
    )
    assert {(item.verdict, item.reasons) for item in stored.values()} == {("accept", ())}
    assert {item.source for item in stored.values()} == {"llm"}
    assert {item.judge_model for item in stored.values()} == {"openai/writer-model"}
    assert here.partitions("validated_summaries") == (set(stored), set())
    assert {item.purpose for item in here.installation().store.attempts(min(stored))} == {
        "write",
        "judge",
    }


def test_the_same_input_again_makes_no_request_and_no_partition(
    here: Site, server: LlmServer
) -> None:
    here.tables(4)
    here.use_model(server)
    here.run()
    keys = here.instance.get_dynamic_partitions("cluster_hash")
    server.configure(Behaviour())
    here.tables(4, shuffle_seed=7)
    report = here.run()
    assert totals(report) == (0, 0, 0, 4)
    assert server.stats().n_requests == 0
    assert here.instance.get_dynamic_partitions("cluster_hash") == keys


def test_a_cluster_that_cannot_be_written_fails_alone_and_is_tried_again(
    here: Site, server: LlmServer
) -> None:
    here.tables(5, marks={2: "[[mock:policy]]"})
    here.use_model(server)
    report = here.run()
    assert totals(report) == (4, 1, 0, 0)
    done, failed = here.partitions("validated_summaries")
    assert len(done) == 4
    assert len(failed) == 1
    [stood_in] = here.installation().store.summaries(failed).values()
    assert (stood_in.source, stood_in.stand_in) == ("template", "error")
    assert stood_in.reasons[0] == "model_failed"

    # The provider has changed its mind; the data has not
    server.configure(Behaviour())
    with patch("cluster_assets_bench.testing.faults._MARKER") as marker:
        marker.search.return_value = None
        report = here.run()
    assert totals(report) == (1, 0, 0, 4)
    assert here.partitions("validated_summaries") == (done | failed, set())
    [written] = here.installation().store.summaries(failed).values()
    assert (written.source, written.stand_in) == ("llm", None)


def test_why_clusters_failed_is_said_to_people_and_programs_without_secrets(
    here: Site, server: LlmServer, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "sk-planted-0123456789abcdef0123"
    here.tables(3)
    here.use_model(server)
    fault = RuntimeError(f"no way through with {secret}")
    with patch("cluster_assets.batch.questions.writer_messages", side_effect=fault):
        report = here.run()
    assert totals(report) == (0, 3, 0, 0)

    told = report.to_dict()["failed"]
    _, failed = here.partitions("validated_summaries")
    assert {item["cluster_hash"] for item in told} == failed
    [reason] = {item["error"] for item in told}
    assert reason == "RuntimeError: no way through with [redacted]"
    assert all(item["name"] for item in told)

    capsys.readouterr()
    print_reports([report])
    shown = capsys.readouterr().out
    assert shown.count(reason) == 1  # the same reason is said once, for all
    assert all(f"{item['name']} ({item['cluster_hash'][:12]})" in shown for item in told)

    [run] = here.instance.get_runs(dg.RunsFilter(job_name="summary_batch_job"))
    events = here.instance.all_logs(run.run_id)
    for key in failed:
        lines = [e.user_message for e in events if f"({key[:12]}): {reason}" in e.user_message]
        assert len(lines) == 1
        [seen] = here.instance.fetch_observations(
            dg.AssetRecordsFilter(AssetKey("validated_summaries"), asset_partitions=[key]), limit=9
        ).records
        assert seen.asset_observation.metadata["error"].value == reason
    [ended] = [
        e.dagster_event for e in events if e.dagster_event and e.dagster_event.is_step_failure
    ]
    table = ended.step_failure_data.user_failure_data.metadata["failed"].value
    assert {record.data["error"] for record in table.records} == {reason}
    assert all(secret not in str(event) for event in events)


def test_a_fault_of_ours_in_one_cluster_leaves_the_others_alone(
    here: Site, server: LlmServer
) -> None:
    here.tables(5)
    here.use_model(server)
    real_check = Checker.check
    broken: list[str] = []

    def check(self: Checker, summary: object, packet: object, *rest: object) -> object:
        key = packet.cluster_hash
        if not broken:
            broken.append(key)
        if key == broken[0] and summary.confidence and len(broken) == 1:
            broken.append(key)
            raise RuntimeError("a bug")
        return real_check(self, summary, packet, *rest)

    with patch.object(Checker, "check", check):
        report = here.run()
    assert totals(report) == (4, 1, 0, 0)
    assert here.partitions("validated_summaries")[1] == {broken[0]}
    assert totals(here.run()) == (1, 0, 0, 4)


def test_a_bad_key_costs_one_request_and_readers_see_templates(
    here: Site, server: LlmServer
) -> None:
    here.tables(8)
    server.configure(Behaviour(required_key="right"))
    here.use_model(server)
    here.monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789abcdef")
    report = here.run()
    assert report.error is not None
    assert report.error.exit_code == 3
    assert "sk-wrong" not in str(report.error)
    assert server.stats().n_requests == 1
    installation = here.installation()
    published = installation.store.published_clustering("functional")
    stored = installation.store.summaries(
        cluster.cluster_hash for cluster in installation.store.clusters(published.clustering_id)
    )
    assert {item.stand_in for item in stored.values()} == {"outage"}
    assert len(stored) == 8
    # With a good key the next clustering writes them all
    here.monkeypatch.setenv("OPENAI_API_KEY", "right")
    assert totals(here.run()) == (8, 0, 0, 0)


def test_a_missing_key_costs_no_request(here: Site, server: LlmServer) -> None:
    here.tables(3)
    here.use_model(server)
    here.monkeypatch.delenv("CLUSTER_ASSETS_API_BASE")
    report = here.run()
    # What was raised inside the run, with its class and context
    assert isinstance(report.error, Abort)
    assert (report.error.code, report.error.exit_code) == ("CA-402", 3)
    assert report.error.context["variables"] == ("OPENAI_API_KEY",)
    assert "OPENAI_API_KEY" in str(report.error)
    assert "offline/template" in str(report.error)
    assert server.stats().n_requests == 0


def test_templates_written_without_a_model_are_cached_until_there_is_one(
    here: Site, server: LlmServer
) -> None:
    here.tables(3)
    assert totals(here.run()) == (3, 0, 0, 0)
    assert totals(here.run()) == (0, 0, 0, 3)
    here.use_model(server)
    assert totals(here.run()) == (3, 0, 0, 0)
    here.monkeypatch.setenv("CLUSTER_ASSETS_MODEL", "offline/template")
    assert totals(here.run()) == (0, 0, 0, 3)


def test_a_text_ends_with_its_life(here: Site, server: LlmServer) -> None:
    here.tables(3)
    here.use_model(server, TTL_DAYS="10")
    here.run()
    here.offset = timedelta(days=9)
    assert totals(here.run()) == (0, 0, 0, 3)
    here.offset = timedelta(days=11)
    assert totals(here.run()) == (3, 0, 0, 0)


def test_a_changed_cluster_is_new_and_readers_see_the_old_clustering_until_then(
    here: Site, server: LlmServer
) -> None:
    here.tables(4)
    here.use_model(server)
    here.run()
    before = here.installation().store.published_clustering("functional")
    here.tables(4, without=[gene_id(1, 11)])
    report = here.run()
    assert totals(report) == (1, 0, 0, 3)
    after = here.installation().store.published_clustering("functional")
    assert after.clustering_id == report.clustering.clustering_id != before.clustering_id
    changes = [c.lineage.change for c in here.installation().store.clusters(after.clustering_id)]
    assert sorted(changes) == ["shrunk", "unchanged", "unchanged", "unchanged"]


def test_bad_input_stores_nothing(here: Site) -> None:
    here.tables(3)
    genes = here.folder / "tables" / "genes.tsv"
    genes.write_text("hgnc_id\nHGNC:1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        here.run()
    assert caught.value.exit_code == 2
    assert "symbol" in str(caught.value)
    assert set(here.installation().store.counts().values()) == {0}
    assert here.instance.get_dynamic_partitions("cluster_hash") == []


def test_the_batch_says_what_it_did_in_its_tags(here: Site, server: LlmServer) -> None:
    here.tables(4)
    here.use_model(server)
    report = here.run()
    [run] = here.instance.get_runs(dg.RunsFilter(job_name="summary_batch_job"))
    assert run.tags["cluster_assets/progress"] == "Generating 4/4 clusters"
    assert run.tags["cluster_assets/type"] == "functional"
    assert run.tags["cluster_assets/clustering_id"] == report.clustering.clustering_id
    assert {run.tags[f"cluster_assets/{name}"] for name in ("done", "total", "succeeded")} == {"4"}
    assert {run.tags[f"cluster_assets/{name}"] for name in ("failed", "rejected")} == {"0"}
    assert run.tags["cluster_assets/current"]


def test_all_of_it_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, server: LlmServer
) -> None:
    bare = postgres_url.replace("postgresql+psycopg2://", "postgresql://")
    monkeypatch.setenv("CLUSTER_ASSETS_DATABASE_URL", bare)
    here = Site(tmp_path, monkeypatch)
    try:
        assert type(here.instance.event_log_storage).__name__ == "PostgresEventLogStorage"
        here.tables(4)
        here.use_model(server)
        assert totals(here.run()) == (4, 0, 0, 0)
        assert totals(here.run()) == (0, 0, 0, 4)
        done, failed = here.partitions("validated_summaries")
        assert (len(done), failed) == (4, set())
        assert not list(tmp_path.rglob("*.db"))
    finally:
        here.instance.dispose()


def test_a_template_that_fails_is_an_error_and_holds_back_no_other_cluster(
    here: Site,
) -> None:
    from cluster_assets.batch import summary_drafts
    from cluster_assets.batch.results import current_clusterings
    from cluster_assets.core.summary.template import template_summary

    here.tables(4)
    here.run()
    here.tables(5)
    broken: list[str] = []

    def fails_once(packet):
        broken.append(packet.cluster_hash)
        if packet.cluster_hash == broken[0]:
            raise KeyError("made-up fault")
        return template_summary(packet)

    here.monkeypatch.setattr(summary_drafts, "template_summary", fails_once)
    here.monkeypatch.setattr("cluster_assets.llm.offline.template_summary", fails_once)
    report = here.run()
    assert report.error is not None
    assert (report.error.code, report.error.exit_code) == ("CA-701", 1)
    [current] = current_clusterings(here.installation())
    assert current.clustering_id == report.clustering.clustering_id
    shown = {cluster.cluster_hash: cluster for cluster in current.clusters}
    assert (shown[broken[0]].verdict, shown[broken[0]].reasons) == (
        "pending", ("template_failed",)
    )  # fmt: skip
    assert all(c.summary for key, c in shown.items() if key != broken[0])
