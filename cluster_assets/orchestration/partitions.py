"""The partitions: one for each cluster hash that was ever seen."""

from __future__ import annotations

import dagster as dg

from cluster_assets.orchestration.names import CLUSTER_PARTITIONS

cluster_hashes = dg.DynamicPartitionsDefinition(name=CLUSTER_PARTITIONS)
