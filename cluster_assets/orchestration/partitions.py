"""The partitions: one per cluster hash ever seen."""

from __future__ import annotations

import dagster as dg

from cluster_assets.names import CLUSTER_PARTITIONS
from cluster_assets.orchestration.planning import BatchPlan

cluster_hashes = dg.DynamicPartitionsDefinition(name=CLUSTER_PARTITIONS)


def append_keys(instance: dg.DagsterInstance, plan: BatchPlan) -> None:
    """Move the keys of a plan to the end of the list, unless they are contiguous and in order.

    Done on the instance, because a sensor result cannot both delete and add a key. It has no
    visible effect until the run starts, and repeating it is harmless.

    The caller holds the lease of the type, so that no run resolves these keys meanwhile, and
    `home_lock`, so that no other keys are inserted in between.
    """
    known = tuple(instance.get_dynamic_partitions(CLUSTER_PARTITIONS))
    if plan.keys[0] in known:
        start = known.index(plan.keys[0])
        if known[start : start + len(plan.keys)] == plan.keys:
            return
    for key in set(known).intersection(plan.keys):
        instance.delete_dynamic_partition(CLUSTER_PARTITIONS, key)
    instance.add_dynamic_partitions(CLUSTER_PARTITIONS, list(plan.keys))
