"""What to launch for a clustering: a pure decision, used by the sensor and the CLI.

A range run processes the partitions between two keys in the order in which the keys were added. New
keys are appended and therefore contiguous. A key that is due again (a failed cluster, a template
that stands in) is removed and appended, which does not affect its materializations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cluster_assets import names
from cluster_assets.batch.progress import Progress
from cluster_assets.core.identity import is_cluster_hash
from cluster_assets.core.models import ClusterType
from cluster_assets.errors import InputError
from cluster_assets.orchestration.failures import NO_RUN_RETRIES


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """One batch run.

    Attributes:
        cluster_type: type of all its clusters.
        keys: partition keys, which belong at the end of the list in this order.
        tags: tags of the run, including the range.
        run_key: identifies the clustering event, so that its batch is never launched twice.
    """

    cluster_type: ClusterType
    keys: tuple[str, ...]
    tags: dict[str, str]
    run_key: str


def plan_batch(
    cluster_type: ClusterType,
    clustering_id: str,
    clustering_run_id: str,
    *,
    due: Sequence[str],
    n_cached: int,
) -> BatchPlan | None:
    """Return the batch for a clustering, None if nothing is due.

    Raises:
        InputError: `CA-206` for a key that is not a cluster hash; Dagster accepts any string.
    """
    if not due:
        return None
    wrong = [key for key in due if not is_cluster_hash(key)]
    if wrong:
        raise InputError("CA-206", f"{wrong[0]!r} is not a cluster hash and so not a partition key")
    tags = {
        names.RANGE_START_TAG: due[0],
        names.RANGE_END_TAG: due[-1],
        names.TYPE_TAG: cluster_type,
        names.CLUSTERING_ID_TAG: clustering_id,
        names.CLUSTERING_RUN_ID_TAG: clustering_run_id,
        names.PROGRESS_TAG: Progress(cluster_type, total=len(due)).label,
        names.DONE_TAG: "0",
        names.TOTAL_TAG: str(len(due)),
        names.SKIPPED_TAG: str(n_cached),
        **NO_RUN_RETRIES,
    }
    return BatchPlan(
        cluster_type=cluster_type,
        keys=tuple(due),
        tags=tags,
        run_key=f"{clustering_id}:{clustering_run_id}",
    )
