"""The store on SQLite and on a real PostgreSQL: the same questions, the same answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, text

import cluster_assets.store.connecting
from cluster_assets.core.identity import cluster_hash, clustering_id
from cluster_assets.core.models import (
    Cluster,
    Clustering,
    EvidenceRow,
    Lineage,
    Member,
    Subcluster,
)
from cluster_assets.core.packet import build_packet, packet_sha256
from cluster_assets.errors import StoreError
from cluster_assets.store.connecting import migrate, open_engine
from cluster_assets.store.records import (
    AttemptRow,
    StoredClustering,
    StoredSummary,
    SummaryRecord,
)
from cluster_assets.store.repository import Store
from cluster_assets.store.tables import metadata

T0 = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cluster_assets.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str):
    engine = open_engine(url)
    yield Store(engine)
    engine.dispose()


def make_cluster(name: str, *numbers: int) -> Cluster:
    members = tuple(Member(f"HGNC:{number}", f"GENE{number}") for number in numbers)
    key = cluster_hash("functional", [member.id for member in members], "HGNC")
    row = EvidenceRow(
        id="", kind="term", source="HPO", term_id="HP:0001250", label="Seizure", p=1e-9, fdr=1e-7,
        k=2, n=len(numbers), genes=("GENE1", "GENE2"),
    )  # fmt: skip
    packet = build_packet(
        cluster_type="functional",
        cluster_hash=key,
        name=name,
        members=members,
        rows=[row],
        data_releases={"HPO": "2025-01-16"},
    )
    return Cluster(
        key,
        name,
        members,
        packet,
        {"stability": 0.9},
        Lineage(change="new"),
        {member.id: 0.25 for member in members},
        (Subcluster("Part (2 genes)", members[:2]),),
    )


def make_clustering(fingerprint: str, *clusters: Cluster) -> Clustering:
    return Clustering(
        type="functional",
        clustering_id=clustering_id(fingerprint, [c.cluster_hash for c in clusters]),
        fingerprint=fingerprint,
        clusters=clusters,
        n_members=20,
        unclustered=(Member("HGNC:99", "LONELY"),),
        params={"seed": 42},
        quality={"modularity": 0.5},
        releases={"HPO": "2025-01-16"},
        notes=("one isolate",),
    )


def make_summary(cluster: Cluster, **changes: object) -> StoredSummary:
    summary = StoredSummary(
        cluster_hash=cluster.cluster_hash,
        verdict="low_confidence",
        reasons=("X01",),
        confidence="low",
        source="template",
        stand_in="no_model",
        title="Seizure",
        narrative="Two of three members have it.",
        summary_json={"title": "Seizure", "ünïcode": "µ"},
        packet=cluster.packet,
        packet_sha256=packet_sha256(cluster.packet),
        record=SummaryRecord(attempts=1, codes=("D13",), raw={"title": "ünïcode"}),
        model="offline/template",
        prompt_version="writer-1 0123",
        judge_model=None,
        judge_prompt_version=None,
        judge_pending=False,
        n_content_failures=0,
        next_try_at=None,
        failure_key=None,
        generated_at=T0,
        validated_at=T0,
        expires_at=T0 + timedelta(days=365),
    )
    return replace(summary, **changes)


ONE = make_cluster("One", 1, 2, 3)
TWO = make_cluster("Two", 4, 5, 6)
FIRST = make_clustering("f" * 64, ONE, TWO)


def test_migrations_make_the_tables_of_the_page(url: str) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "cluster_assets_version"}
        )
        assert compare_metadata(context, metadata) == []
    migrate(engine)  # a second time changes nothing
    engine.dispose()


def test_a_database_of_the_first_release_is_carried_on(url: str) -> None:
    engine = open_engine(url)
    Store(engine).save_clustering(FIRST, run_id=None, now=T0, input_stamp="1" * 64)
    migrate_to(engine, "0001")
    engine.dispose()
    engine = open_engine(url)
    store = Store(engine)
    stored = store.clustering(FIRST.clustering_id)
    assert stored is not None
    assert stored.input_stamp is None
    clusters = store.clusters(FIRST.clustering_id)
    assert [cluster.name for cluster in clusters] == ["One", "Two"]
    assert clusters[0].packet == ONE.packet
    assert (clusters[0].member_confidence, clusters[0].subclusters) == ({}, ())
    engine.dispose()


def migrate_to(engine: Engine, revision: str) -> None:
    config = Config()
    folder = Path(cluster_assets.store.connecting.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["version_table"] = "cluster_assets_version"
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_several_processes_may_open_a_fresh_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        engines = list(pool.map(open_engine, [url] * 6))
    for engine in engines:
        assert Store(engine).counts()["clustering"] == 0
        engine.dispose()


def test_a_clustering_comes_back_as_it_was(store: Store) -> None:
    store.save_clustering(FIRST, run_id="run-1", now=T0)
    stored = store.clustering(FIRST.clustering_id)
    assert stored is not None
    assert stored.created_at == T0
    assert stored.published_at is None
    assert stored.unclustered == FIRST.unclustered
    assert stored.quality == FIRST.quality
    clusters = store.clusters(FIRST.clustering_id)
    assert [c.name for c in clusters] == ["One", "Two"]
    assert [c.packet for c in clusters] == [ONE.packet, TWO.packet]
    assert clusters[0].lineage == ONE.lineage
    assert clusters[0].stats == {"stability": 0.9}
    assert clusters[0].member_confidence == ONE.member_confidence
    assert clusters[0].subclusters == ONE.subclusters


def test_storing_a_clustering_again_makes_it_the_newest_and_nothing_twice(store: Store) -> None:
    other = make_clustering("e" * 64, TWO)
    store.save_clustering(FIRST, run_id="run-1", now=T0)
    store.save_clustering(other, run_id="run-2", now=T0 + timedelta(hours=1))
    assert store.latest_clustering("functional").clustering_id == other.clustering_id
    store.save_clustering(FIRST, run_id="run-3", now=T0 + timedelta(hours=2))
    latest = store.latest_clustering("functional")
    assert (latest.clustering_id, latest.run_id) == (FIRST.clustering_id, "run-3")
    assert store.counts() == {
        "clustering": 2, "cluster": 2, "validated_summary": 0, "summary_attempt": 0
    }  # fmt: skip


def test_the_stamp_is_that_of_the_files_read_last(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0, input_stamp="1" * 64)
    other = make_clustering("e" * 64, TWO)
    store.save_clustering(other, run_id=None, now=T0)
    store.note_stamp(FIRST.clustering_id, "2" * 64)
    assert store.clustering(FIRST.clustering_id).input_stamp == "2" * 64
    assert store.clustering(other.clustering_id).input_stamp is None
    store.save_clustering(FIRST, run_id=None, now=T0, input_stamp="3" * 64)
    assert store.clustering(FIRST.clustering_id).input_stamp == "3" * 64


def test_publishing_moves_what_readers_see(store: Store) -> None:
    assert store.published_clustering("functional") is None
    assert store.predecessor("functional") is None
    other = make_clustering("e" * 64, TWO)
    store.save_clustering(FIRST, run_id=None, now=T0)
    store.save_clustering(other, run_id=None, now=T0)
    store.publish(FIRST.clustering_id, now=T0)
    assert store.published_clustering("functional").clustering_id == FIRST.clustering_id
    store.publish(other.clustering_id, now=T0 + timedelta(seconds=1))
    assert store.published_clustering("functional").clustering_id == other.clustering_id
    predecessor = store.predecessor("functional")
    assert predecessor.clusters == {TWO.cluster_hash: frozenset({"HGNC:4", "HGNC:5", "HGNC:6"})}


def test_the_view_shows_only_the_current_clustering_with_its_texts(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    query = text("SELECT * FROM current_results ORDER BY position")
    with store.engine.connect() as connection:
        assert connection.execute(query).all() == []
    store.publish(FIRST.clustering_id, now=T0)
    store.save_summary(make_summary(ONE))
    with store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    assert [(row["name"], row["size"], row["title"]) for row in rows] == [
        ("One", 3, "Seizure"),
        ("Two", 3, None),
    ]
    store.save_clustering(make_clustering("e" * 64, TWO), run_id=None, now=T0)
    second = make_clustering("e" * 64, TWO).clustering_id
    store.publish(second, now=T0 + timedelta(seconds=1))
    with store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    assert [row["name"] for row in rows] == ["Two"]


def test_a_summary_comes_back_as_it_was_and_is_replaced_whole(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    first = make_summary(ONE, next_try_at=T0 + timedelta(days=7), failure_key="k" * 64)
    store.save_summary(first)
    assert store.summaries([ONE.cluster_hash, TWO.cluster_hash]) == {ONE.cluster_hash: first}
    second = make_summary(ONE, verdict="accept", stand_in=None, source="llm", reasons=())
    store.save_summary(second)
    assert store.summaries([ONE.cluster_hash]) == {ONE.cluster_hash: second}


def test_many_hashes_can_be_asked_for_at_once(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    store.save_summary(make_summary(ONE))
    many = [f"{number:064x}" for number in range(2000)]
    assert set(store.summaries([*many, ONE.cluster_hash])) == {ONE.cluster_hash}


def test_attempts_are_kept_in_order(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    rows = [
        AttemptRow(
            cluster_hash=ONE.cluster_hash, clustering_id=FIRST.clustering_id, batch_id="run-1",
            purpose="write", attempt=number, model="m", prompt_version="p",
            packet_sha256="0" * 64, outcome="ok", codes=("D06",), prompt=None, reply="{}",
            tokens_in=10, tokens_out=None, cost_usd=None, latency_s=0.5, created_at=T0,
        )
        for number in (1, 2)
    ]  # fmt: skip
    for row in rows:
        store.record_attempt(row)
    assert store.attempts(ONE.cluster_hash) == rows


def test_a_claim_keeps_others_away_until_it_ends(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    key = ONE.cluster_hash
    assert store.claim(key, owner="a", now=T0, lease_s=30)
    assert store.claim(key, owner="a", now=T0, lease_s=30)
    assert not store.claim(key, owner="b", now=T0 + timedelta(seconds=29), lease_s=30)
    store.renew_claims(owner="a", now=T0 + timedelta(seconds=20), lease_s=30)
    assert not store.claim(key, owner="b", now=T0 + timedelta(seconds=49), lease_s=30)
    assert store.claim(key, owner="b", now=T0 + timedelta(seconds=51), lease_s=30)
    store.release_claims(owner="a")
    assert not store.claim(key, owner="a", now=T0 + timedelta(seconds=52), lease_s=30)
    store.release_claims(owner="b", cluster_hashes=[key])
    assert store.claim(key, owner="a", now=T0 + timedelta(seconds=53), lease_s=30)


def test_only_one_of_many_gets_a_claim(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)

    def take(owner: int) -> bool:
        return store.claim(ONE.cluster_hash, owner=str(owner), now=T0, lease_s=30)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(12))) == 1


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////proc/nowhere/x.db",
        "postgresql+psycopg2://user:s3cret-pass@127.0.0.1:1/none",
    ],
)
def test_a_database_that_cannot_be_used_is_one_clear_error_without_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_engine(url)
    assert caught.value.code == "CA-501"
    assert "s3cret-pass" not in str(caught.value)


def test_a_database_that_fails_later_is_one_clear_error_without_the_statement(
    store: Store,
) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP VIEW current_results"))
        connection.execute(text("DROP TABLE validated_summary"))
    with pytest.raises(StoreError) as caught:
        store.summaries([ONE.cluster_hash])
    assert caught.value.code == "CA-502"
    assert "SELECT" not in str(caught.value)


def a_year_of_clusterings(store: Store) -> Clustering:
    """Store and publish 365 clusterings with 100 kB of plots each; return the last."""
    for day in range(365):
        last = make_clustering(f"{day:064x}", ONE, TWO)
        plots = {"plot": bytes(100_000)}
        store.save_clustering(last, run_id=None, now=T0 + timedelta(days=day), plots=plots)
        store.publish(last.clustering_id, now=T0 + timedelta(days=day))
    return last


def test_a_read_takes_one_row_without_plots_however_long_the_history(store: Store) -> None:
    last = a_year_of_clusterings(store)
    asked: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *v: asked.append((str(v[2]), v[3])))
    columns = {item.name for item in fields(StoredClustering)}
    for read in (store.published_clustering, store.latest_clustering):
        asked.clear()
        found = read("functional")
        assert found is not None
        assert found.clustering_id == last.clustering_id
        [(query, parameters)] = asked
        selected = query.partition("FROM")[0].removeprefix("SELECT ")
        assert {name.strip().rpartition(".")[2] for name in selected.split(",")} == columns
        with store.engine.connect() as connection:
            assert len(connection.exec_driver_sql(query, parameters).all()) == 1
    assert len(store.plots(last.clustering_id)["plot"]) > 100_000
    seen = store.clusters_by_hash([ONE.cluster_hash, TWO.cluster_hash], None)
    assert [item.clustering_id for item in seen] == [last.clustering_id] * 2
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT clustering_id FROM current_results")).all()
    assert [row.clustering_id for row in rows] == [last.clustering_id] * 2


def test_a_clock_that_is_set_back_does_not_change_which_is_newer(store: Store) -> None:
    later = make_clustering("e" * 64, TWO)
    for number, result in enumerate((FIRST, later)):
        store.save_clustering(result, run_id=None, now=T0 - timedelta(days=number))
        store.publish(result.clustering_id, now=T0 - timedelta(days=number))
    latest, published = (
        store.latest_clustering("functional"), store.published_clustering("functional")
    )  # fmt: skip
    assert latest is not None
    assert published is not None
    assert latest.clustering_id == published.clustering_id == later.clustering_id
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT name FROM current_results")).all()
    assert [row.name for row in rows] == ["Two"]


def test_a_clustering_is_settled_when_each_cluster_has_a_text_or_a_reason(store: Store) -> None:
    store.save_clustering(FIRST, run_id=None, now=T0)
    store.save_summary(make_summary(ONE))
    assert not store.is_settled(FIRST.clustering_id)
    store.note_pending(TWO.cluster_hash, "template_failed")
    assert store.is_settled(FIRST.clustering_id)
    reasons = [item.pending_reason for item in store.clusters(FIRST.clustering_id)]
    assert reasons == [None, "template_failed"]
    store.save_summary(make_summary(TWO))
    assert store.clusters(FIRST.clustering_id)[1].pending_reason is None
