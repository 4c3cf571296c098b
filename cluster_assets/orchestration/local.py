"""The same assets without a daemon: clustering and batches as runs in this process.

The runs are on the same instance as any other, so the UI shows them, and the sensor of a daemon
that happens to run leaves their batches alone (tag `cluster_assets/batch_by`). A batch waits for
another of its type, whoever runs that one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from cluster_assets import names
from cluster_assets.batch.clustering_run import Continuity
from cluster_assets.batch.due import split_due
from cluster_assets.batch.installation import Installation
from cluster_assets.batch.progress import Progress, ProgressSink, Totals, Usage
from cluster_assets.core.models import ClusterType
from cluster_assets.errors import ClusterAssetsError
from cluster_assets.orchestration.build import build_defs
from cluster_assets.orchestration.home import home_lock
from cluster_assets.orchestration.liveness import busy_types
from cluster_assets.orchestration.partitions import append_keys
from cluster_assets.orchestration.planning import plan_batch
from cluster_assets.orchestration.sensors import note_no_batch
from cluster_assets.store.records import StoredClustering

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN_S = 0.5
_QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one type's clustering and batch came to.

    Attributes:
        progress: of the batch; without a batch all clusters count as skipped.
        error: why the batch stopped early, None when it did not.
    """

    clustering: StoredClustering
    progress: Progress
    elapsed_s: float
    error: ClusterAssetsError | None = None

    @property
    def is_usable(self) -> bool:
        """Whether any cluster has a text after it."""
        totals = self.progress.totals
        return totals.succeeded + totals.skipped + totals.rejected > 0

    def to_dict(self) -> dict[str, object]:
        """Return the object that `run --json` prints."""
        totals, usage = self.progress.totals, self.progress.usage
        return {
            "type": self.clustering.type,
            "clustering_id": self.clustering.clustering_id,
            "fingerprint": self.clustering.fingerprint,
            "n_members": self.clustering.n_members,
            "n_clusters": self.clustering.n_clusters,
            "new": self.progress.total,
            "unchanged": self.clustering.n_clusters - self.progress.total,
            "totals": {
                "succeeded": totals.succeeded,
                "failed": totals.failed,
                "rejected": totals.rejected,
                "skipped": totals.skipped,
            },
            "failed": [
                {"cluster_hash": p.cluster_hash, "name": p.name, "error": p.error}
                for p in self.progress.problems
                if p.kind == "failed"
            ],
            "requests": usage.requests,
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "cost_usd": usage.cost_usd,
            "elapsed_s": round(self.elapsed_s, 2),
            "notes": list(self.progress.notes),
        }


class LastProgress:
    """Remembers the last progress and hands it on."""

    def __init__(self, then: ProgressSink) -> None:
        self._then = then
        self.last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Remember it."""
        self.last = progress
        self._then.show(progress)


def run_locally(
    installation: Installation,
    instance: dg.DagsterInstance,
    types: Sequence[ClusterType],
    *,
    sink: ProgressSink,
    continuity: Continuity | None = None,
) -> list[RunReport]:
    """Cluster and write what is new, for each type in turn.

    Raises:
        ClusterAssetsError: the clustering could not be made; nothing of it is stored.
    """
    reports = []
    for cluster_type in types:
        started = time.monotonic()
        run_id = _cluster(instance, cluster_type, continuity)
        clustering = installation.store.latest_clustering(cluster_type)
        if clustering is None:
            raise RuntimeError(f"run {run_id} ended well but stored no {cluster_type} clustering")
        progress, error = _batch(installation, instance, clustering, run_id, sink)
        elapsed_s = time.monotonic() - started
        reports.append(RunReport(clustering, progress, elapsed_s, error))
    return reports


def _cluster(
    instance: dg.DagsterInstance, cluster_type: ClusterType, continuity: Continuity | None
) -> str:
    asset = names.CLUSTERING_ASSETS[cluster_type]
    config = {"ops": {asset: {"config": {"continuity": continuity}}}} if continuity else {}
    job = build_defs().resolve_job_def(f"{asset}_job")
    try:
        result = job.execute_in_process(
            instance=instance,
            run_config={**_QUIET, **config},
            tags={names.BATCH_BY_TAG: "CLI"},
        )
    except dg.Failure as failure:
        raise _our_error(failure) or failure from None
    return result.run_id


def _batch(
    installation: Installation,
    instance: dg.DagsterInstance,
    clustering: StoredClustering,
    run_id: str,
    sink: ProgressSink,
) -> tuple[Progress, ClusterAssetsError | None]:
    _wait_for_turn(installation, instance, clustering.type, run_id)
    try:
        return _batch_in_turn(installation, instance, clustering, run_id, sink)
    finally:
        installation.store.drop_lease(clustering.type, holder=run_id)


def _wait_for_turn(
    installation: Installation, instance: dg.DagsterInstance, cluster_type: ClusterType, run_id: str
) -> None:
    """Take the lease of the type; what another batch writes meanwhile is cached afterwards."""
    store, told = installation.store, False
    while cluster_type in busy_types(instance, lambda: store) or not store.take_lease(
        cluster_type, holder=run_id
    ):
        if not told:
            _LOG.warning("Another %s batch is queued or running; waiting for it", cluster_type)
            told = True
        time.sleep(_LOOK_AGAIN_S)


def _batch_in_turn(
    installation: Installation,
    instance: dg.DagsterInstance,
    clustering: StoredClustering,
    run_id: str,
    sink: ProgressSink,
) -> tuple[Progress, ClusterAssetsError | None]:
    split = split_due(installation, clustering.clustering_id)
    n_cached = len(split.clusters) - len(split.due)
    plan = plan_batch(
        clustering.type,
        clustering.clustering_id,
        run_id,
        due=[cluster.cluster_hash for cluster in split.due],
        n_cached=n_cached,
    )
    seen = LastProgress(sink)
    nothing = Progress(clustering.type, total=0, totals=Totals(skipped=n_cached), usage=Usage())
    if plan is None:
        note_no_batch(instance, run_id, clustering.type, "all clusters are cached")
        return nothing, None
    with home_lock():
        append_keys(instance, plan)
    job = build_defs({"progress": seen}).resolve_job_def(names.SUMMARY_BATCH_JOB)
    try:
        job.execute_in_process(instance=instance, run_config=_QUIET, tags=plan.tags)
    except dg.Failure as failure:
        return seen.last or nothing, _our_error(failure)
    return seen.last or nothing, None


def _our_error(failure: dg.Failure) -> ClusterAssetsError | None:
    """Return the error that `dagster_failures` wrapped; None for a batch with failed clusters."""
    if "code" not in failure.metadata:
        return None
    code, message = (str(failure.metadata[name].value) for name in ("code", "message"))
    return ClusterAssetsError(code, message)
