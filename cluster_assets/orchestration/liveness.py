"""Which runs are alive, which are dead, and which types have a batch.

Each run renews a lease under its id while its process is alive. An open run with a lapsed lease is
ended here, by the sensor or the command line, whichever sees it first; Dagster's own monitoring
misses a dead process if all processes died together. A run without a lease (its process is
starting, or died before the first renewal) is given one when it is first seen.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets import names
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType
from cluster_assets.errors import StoreError

if TYPE_CHECKING:
    from cluster_assets.store.repository import Store

_OPEN = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_DEAD = "The process of this run is gone: it stopped renewing its lease. Cluster again to continue."


def busy_types(
    instance: dg.DagsterInstance, open_store: Callable[[], Store]
) -> frozenset[ClusterType]:
    """Return the types with a queued or running batch; end the dead runs.

    A run over partitions that a person launched counts for every type: its keys must not move.
    """
    runs = [run for run in instance.get_runs(dg.RunsFilter(statuses=_OPEN)) if _is_ours(run)]
    if not runs:
        return frozenset()
    types: set[ClusterType] = set()
    for run in _living(instance, open_store(), runs):
        own: list[ClusterType] = [
            kind for kind in CLUSTER_TYPES if run.tags.get(names.TYPE_TAG) == kind
        ]
        if own or {names.RANGE_START_TAG, names.PARTITION_TAG} & run.tags.keys():
            types.update(own or CLUSTER_TYPES)
    return frozenset(types)


def _living(
    instance: dg.DagsterInstance, store: Store, runs: list[dg.DagsterRun]
) -> Iterator[dg.DagsterRun]:
    leases = store.live_leases([run.run_id for run in runs])
    for run in runs:
        if run.status is dg.DagsterRunStatus.QUEUED:
            yield run
        elif run.run_id not in leases:
            store.take_lease(run.run_id, holder=run.run_id)
            yield run
        elif leases[run.run_id]:
            yield run
        else:
            _end(instance, run.run_id)


def _end(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, _DEAD)
    else:
        instance.report_run_failed(run, _DEAD)


def _is_ours(run: dg.DagsterRun) -> bool:
    assets = {key.to_user_string() for key in run.asset_selection or ()}
    return run.job_name in names.JOBS or bool(assets & names.ASSETS)


@contextmanager
def kept_alive(instance: dg.DagsterInstance, store: Store, run: dg.DagsterRun) -> Generator[None]:
    """Renew the leases of a run in the background; at the end a batch drops that of its type.

    The run's own lease is kept, because the run is open until Dagster has recorded its end.
    """
    leases = {run.run_id: run.run_id}
    cluster_type, batch = run.tags.get(names.TYPE_TAG), run.tags.get(names.CLUSTERING_RUN_ID_TAG)
    if cluster_type and batch:
        leases[cluster_type] = batch
    stop = threading.Event()
    renewal = threading.Thread(
        target=_renew, args=(instance, store, leases, run.run_id, stop), daemon=True
    )
    renewal.start()
    try:
        yield
    finally:
        stop.set()
        renewal.join()
        if cluster_type and batch:
            with suppress(StoreError):  # the lease lapses anyway
                store.drop_lease(cluster_type, holder=batch)


def _renew(
    instance: dg.DagsterInstance,
    store: Store,
    leases: dict[str, str],
    run_id: str,
    stop: threading.Event,
) -> None:
    from cluster_assets.store.leases import RENEW_S

    while True:
        # A short outage of the database is harmless; a long one fails the run itself
        with suppress(StoreError):
            for name, holder in leases.items():
                store.take_lease(name, holder=holder)
        if stop.wait(RENEW_S):
            return
        run = instance.get_run_by_id(run_id)
        if run is not None and run.is_finished and not stop.is_set():
            os.kill(os.getpid(), signal.SIGINT)  # ended from outside: cancelled, or considered dead
            return
