"""The same assets without a daemon: clustering and batches as runs in this process.

The runs are on the same instance as any other, so the UI shows them. The sensor of a running daemon
ignores them because of the tag `cluster_assets/batch_by`. A batch waits for any other batch of its
type.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import dagster as dg

from cluster_assets import names
from cluster_assets.batch.due import split_due
from cluster_assets.batch.installation import Installation
from cluster_assets.batch.progress import Progress, ProgressSink, Totals
from cluster_assets.core.models import ClusterType, Continuity
from cluster_assets.errors import ClusterAssetsError
from cluster_assets.orchestration.build import build_defs
from cluster_assets.orchestration.failures import OwnFailure
from cluster_assets.orchestration.home import home_lock
from cluster_assets.orchestration.liveness import busy_types
from cluster_assets.orchestration.partitions import append_keys
from cluster_assets.orchestration.planning import plan_batch
from cluster_assets.orchestration.sensors import note_no_batch
from cluster_assets.store.records import StoredClustering

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN_S = 0.5
_QUIET: Mapping[str, object] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of clustering one type and of its batch.

    Attributes:
        clustering: the stored clustering.
        progress: final progress of the batch; without a batch all clusters count as skipped.
        elapsed_s: time for clustering and batch.
        error: why the batch stopped early, None if it did not.
    """

    clustering: StoredClustering
    progress: Progress
    elapsed_s: float
    error: ClusterAssetsError | None = None

    @property
    def is_usable(self) -> bool:
        """Whether any cluster has a text now."""
        totals = self.progress.totals
        return totals.succeeded + totals.skipped + totals.rejected > 0

    def to_dict(self) -> dict[str, object]:
        """Return the object that `run --json` prints."""
        usage = self.progress.usage
        return {
            "type": self.clustering.type,
            "clustering_id": self.clustering.clustering_id,
            "fingerprint": self.clustering.fingerprint,
            "n_members": self.clustering.n_members,
            "n_clusters": self.clustering.n_clusters,
            "new": self.progress.total,
            "unchanged": self.clustering.n_clusters - self.progress.total,
            "totals": asdict(self.progress.totals),
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
    """Keeps the last progress and passes it on."""

    def __init__(self, then: ProgressSink) -> None:
        self._then = then
        self.last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Keep it and pass it on."""
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
    """Cluster each type in turn and write its new clusters.

    Raises:
        ClusterAssetsError: a clustering failed; nothing of it is stored.
    """
    reports = []
    for cluster_type in types:
        started = time.monotonic()
        run_id = _cluster(instance, cluster_type, continuity)
        clustering = installation.store.latest_clustering(cluster_type)
        if clustering is None:
            raise RuntimeError(f"run {run_id} succeeded but stored no {cluster_type} clustering")
        with _turn(installation, instance, cluster_type, run_id):
            progress, error = _batch(installation, instance, clustering, run_id, sink)
        elapsed_s = time.monotonic() - started
        reports.append(RunReport(clustering, progress, elapsed_s, error))
    return reports


def _cluster(
    instance: dg.DagsterInstance, cluster_type: ClusterType, continuity: Continuity | None
) -> str:
    asset = names.CLUSTERING_ASSETS[cluster_type]
    config = {"ops": {asset: {"config": {"continuity": continuity}}}} if continuity else {}
    job = build_defs().resolve_job_def(names.CLUSTERING_JOBS[cluster_type])
    try:
        result = job.execute_in_process(
            instance=instance,
            run_config={**_QUIET, **config},
            tags={names.BATCH_BY_TAG: "CLI"},
        )
    except OwnFailure as failure:
        raise failure.error from None
    return result.run_id


def _batch(
    installation: Installation,
    instance: dg.DagsterInstance,
    clustering: StoredClustering,
    run_id: str,
    sink: ProgressSink,
) -> tuple[Progress, ClusterAssetsError | None]:
    """Run the batch of a clustering; the caller has the turn of its type."""
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
    nothing = Progress(clustering.type, total=0, totals=Totals(skipped=n_cached))
    if plan is None:
        note_no_batch(instance, run_id, clustering.type, "all clusters are cached")
        return nothing, None
    with home_lock():
        append_keys(instance, plan)
    job = build_defs({"progress": seen}).resolve_job_def(names.SUMMARY_BATCH_JOB)
    error = None
    try:
        job.execute_in_process(instance=instance, run_config=_QUIET, tags=plan.tags)
    except OwnFailure as failure:
        error = failure.error
    except dg.Failure:  # clusters failed, which the totals show
        pass
    return seen.last or nothing, error


@contextmanager
def _turn(
    installation: Installation, instance: dg.DagsterInstance, cluster_type: ClusterType, run_id: str
) -> Generator[None]:
    """Hold the lease of a type; what another batch writes meanwhile is cached afterwards."""
    store, has_warned = installation.store, False
    while cluster_type in busy_types(instance, lambda: store) or not store.take_lease(
        cluster_type, holder=run_id
    ):
        if not has_warned:
            _LOG.warning("Another %s batch is queued or running; waiting for it", cluster_type)
            has_warned = True
        time.sleep(_LOOK_AGAIN_S)
    try:
        yield
    finally:
        store.drop_lease(cluster_type, holder=run_id)
