"""Bringing the event log in line with the store, which is the cache.

A stored summary without a materialization (the event log was lost, or a process died between the
two) is logged again, without a run. The reverse case needs no action: a cluster without a stored
summary is due, whatever the event log says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets import names
from cluster_assets.core.models import CLUSTER_TYPES
from cluster_assets.orchestration.events import MaterializationLog
from cluster_assets.orchestration.home import home_lock

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation


def heal(instance: dg.DagsterInstance, installation: Installation) -> int:
    """Log the stored summaries of the newest clusterings that the event log lacks; count them.

    Summaries that are due again, such as failed ones, are left to the next batch.
    """
    from cluster_assets.batch.due import split_due

    there = instance.get_materialized_partitions(dg.AssetKey(names.VALIDATED_SUMMARIES))
    log = MaterializationLog(instance.report_runless_asset_event)
    healed = 0
    for cluster_type in CLUSTER_TYPES:
        latest = installation.store.latest_clustering(cluster_type)
        if latest is None:
            continue
        split = split_due(installation, latest.clustering_id)
        due = {cluster.cluster_hash for cluster in split.due}
        missing = [c for c in split.clusters if c.cluster_hash not in due | there]
        if missing:
            keys = [cluster.cluster_hash for cluster in missing]
            with home_lock():
                instance.add_dynamic_partitions(names.CLUSTER_PARTITIONS, keys)
            log.clusters(missing)
            for summary in installation.store.summaries(keys).values():
                log.summary(summary)
        healed += len(missing)
    return healed
