"""Which runs are alive, which are dead, and whose turn it is to run a batch.

Each run renews a lease under its id for as long as its process lives. An open run whose lease has
lapsed is ended here, by the sensor or by the command line, whichever comes by first; Dagster's own
monitoring does not see a dead process when all processes died with it. A run without a lease (its
process is starting, or died before it came to renew) is given one when it is first seen.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
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
_DEAD = "The process of this run is gone: it has not renewed its lease. Cluster again to go on."


def busy_types(
    instance: dg.DagsterInstance, open_store: Callable[[], Store]
) -> frozenset[ClusterType]:
    """Return the types of which a batch is queued or running; end the runs that are dead.

    A run over partitions that a person launched counts for every type: its keys must stay.
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
def kept_alive(instance: dg.DagsterInstance, store: Store, run: dg.DagsterRun) -> Iterator[None]:
    """Renew the leases of a run in the background; a batch gives that of its type back at the end.

    The lease of the run itself stays: until Dagster has written down how it ended, it is open.
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
            with suppress(StoreError):  # it lapses by itself
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
        # The database may be away for a moment; when it stays away, the run's own work says so
        with suppress(StoreError):
            for name, holder in leases.items():
                store.take_lease(name, holder=holder)
        if stop.wait(RENEW_S):
            return
        run = instance.get_run_by_id(run_id)
        if run is not None and run.is_finished and not stop.is_set():
            os.kill(os.getpid(), signal.SIGINT)  # ended by others: cancelled, or taken for dead
            return
