"""The partitions: one for each cluster hash that was ever seen."""

from __future__ import annotations

import dagster as dg

from cluster_assets.names import CLUSTER_PARTITIONS
from cluster_assets.orchestration.planning import BatchPlan

cluster_hashes = dg.DynamicPartitionsDefinition(name=CLUSTER_PARTITIONS)


def append_keys(instance: dg.DagsterInstance, plan: BatchPlan) -> None:
    """Bring the keys of a plan to the end of the list, in order; those in order already stay.

    Done on the instance: a sensor result may not both delete and add a key. Until its run starts
    this has no effect that a person could see, and doing it twice does no harm.

    The caller holds the lease of the type, so that no run resolves these keys meanwhile, and
    `home_lock`, so that no other keys come between.
    """
    known = tuple(instance.get_dynamic_partitions(CLUSTER_PARTITIONS))
    if plan.keys[0] in known:
        start = known.index(plan.keys[0])
        if known[start : start + len(plan.keys)] == plan.keys:
            return
    for key in set(known).intersection(plan.keys):
        instance.delete_dynamic_partition(CLUSTER_PARTITIONS, key)
    instance.add_dynamic_partitions(CLUSTER_PARTITIONS, list(plan.keys))
