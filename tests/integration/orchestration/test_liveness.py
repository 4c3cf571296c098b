"""Dead and living runs, told apart by real leases on a real instance, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from cluster_assets.orchestration.build import build_defs
from cluster_assets.orchestration.home import open_instance
from cluster_assets.orchestration.liveness import busy_types, kept_alive
from cluster_assets.orchestration.partitions import append_keys, cluster_hashes
from cluster_assets.orchestration.planning import plan_batch
from cluster_assets.store.connecting import default_url, open_engine
from cluster_assets.store.leases import LEASE_S
from cluster_assets.store.repository import Store

_LOCATION = GrpcServerCodeLocationOrigin(host="localhost", port=1, location_name="elsewhere")
_ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(_LOCATION, "__repository__"), "summary_batch_job"
)  # a queued run must have one
KEYS = ("a" * 64, "b" * 64, "c" * 64)


class Site:
    """An instance and the store beside it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = Store(open_engine(url))
        self.instance = open_instance()

    def batch(self, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        """Make a batch run as the daemon would, without a process."""
        plan = plan_batch("functional", "c", "click-1", due=KEYS, n_cached=0)
        assert plan is not None
        append_keys(self.instance, plan)
        return self.instance.create_run_for_job(
            build_defs().resolve_job_def("summary_batch_job"),
            tags=plan.tags,
            status=status,
            remote_job_origin=_ORIGIN,
        )

    def busy(self) -> frozenset[str]:
        return busy_types(self.instance, lambda: self.store)

    def status(self, run: dg.DagsterRun) -> dg.DagsterRunStatus:
        found = self.instance.get_run_by_id(run.run_id)
        assert found is not None
        return found.status


@pytest.fixture(params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    url = default_url(tmp_path / "home")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("CLUSTER_ASSETS_DATABASE_URL", url)
    made = Site(url)
    yield made
    made.instance.dispose()
    made.store.engine.dispose()


OPEN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@pytest.mark.parametrize("status", OPEN)
def test_a_run_whose_lease_has_lapsed_is_failed_with_its_partitions(
    site: Site, status: dg.DagsterRunStatus
) -> None:
    run = site.batch(status)
    assert site.busy() == {"functional"}  # first seen: its process may be starting
    assert site.status(run) is status
    site.store.take_lease(run.run_id, holder=run.run_id, lease_s=0)
    assert site.busy() == frozenset()
    assert site.status(run) is dg.DagsterRunStatus.FAILURE
    cached = get_and_update_asset_status_cache_value(
        site.instance, dg.AssetKey("clusters"), cluster_hashes
    )
    failed = cached.deserialize_failed_partition_subsets(cluster_hashes)
    assert set(failed.get_partition_keys()) == set(KEYS)


def test_a_dead_run_that_somebody_cancelled_ends_as_cancelled(site: Site) -> None:
    run = site.batch(dg.DagsterRunStatus.STARTED)
    site.instance.report_run_canceling(run)
    site.store.take_lease(run.run_id, holder=run.run_id, lease_s=0)
    assert site.busy() == frozenset()
    assert site.status(run) is dg.DagsterRunStatus.CANCELED


def test_a_queued_run_is_not_dead_however_long_it_waits(site: Site) -> None:
    run = site.batch(dg.DagsterRunStatus.QUEUED)
    site.store.take_lease(run.run_id, holder=run.run_id, lease_s=0)
    assert site.busy() == {"functional"}
    assert site.status(run) is dg.DagsterRunStatus.QUEUED


def test_a_run_lives_while_its_process_renews_and_holds_the_lease_of_its_type(site: Site) -> None:
    run = site.batch(dg.DagsterRunStatus.STARTED)
    site.store.take_lease(run.run_id, holder=run.run_id, lease_s=0)
    with kept_alive(site.instance, site.store, run):
        deadline = time.monotonic() + 60
        while not site.store.live_leases([run.run_id, "functional"]).get("functional"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert site.busy() == {"functional"}
        assert not site.store.take_lease("functional", holder="click-2")
        assert site.store.take_lease("phenotype", holder="click-2")
    assert site.status(run) is dg.DagsterRunStatus.STARTED  # Dagster writes down how it ended
    assert site.store.take_lease("functional", holder="click-2")


def test_a_run_of_partitions_that_a_person_launched_keeps_its_keys(site: Site) -> None:
    site.instance.add_dynamic_partitions("cluster_hash", list(KEYS))
    site.instance.create_run_for_job(
        build_defs().resolve_job_def("summary_batch_job"),
        tags={"dagster/partition": KEYS[1]},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert site.busy() == {"functional", "phenotype"}


def test_a_lease_of_an_older_boot_has_lapsed(site: Site) -> None:
    site.store.take_lease("functional", holder="before", lease_s=100 * LEASE_S)
    assert site.store.live_leases(["functional", "none"]) == {"functional": False}
    assert site.store.take_lease("functional", holder="after")


def test_a_process_that_is_killed_in_the_lock_lets_go_of_it(site: Site) -> None:
    code = (
        "import os, sys; from cluster_assets.store.locks import exclusive\n"
        "with exclusive(sys.argv[1]):\n    os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, site.url], env=os.environ, check=False)
    assert killed.returncode == -9
    open_engine(site.url).dispose()


def test_keys_that_are_in_order_are_never_taken_away(site: Site) -> None:
    plan = plan_batch("functional", "c", "click-1", due=KEYS, n_cached=0)
    assert plan is not None
    site.instance.add_dynamic_partitions("cluster_hash", [*KEYS, "d" * 64])
    append_keys(site.instance, plan)
    assert list(site.instance.get_dynamic_partitions("cluster_hash")) == [*KEYS, "d" * 64]
