"""Logging materializations one by one, for a running batch and to restore a lost event log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets import names
from cluster_assets.batch.clustering_run import publish_ready
from cluster_assets.batch.results import current_clusterings, summary_markdown
from cluster_assets.core.packet import packet_sha256
from cluster_assets.orchestration.metadata import (
    Metadata,
    cluster_metadata,
    problem_line,
    published_metadata,
    summary_metadata,
    validated_metadata,
)

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.batch.scheduling import Outcome
    from cluster_assets.store.records import StoredCluster, StoredSummary


class MaterializationLog:
    """Turns the reports of a batch into materializations.

    Args:
        log_event: writes an event to the event log.
        warn: writes a line to the log of the run.
    """

    def __init__(
        self,
        log_event: Callable[[dg.AssetMaterialization | dg.AssetObservation], object],
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._log_event = log_event
        self._warn = warn

    def clusters(self, clusters: Iterable[StoredCluster]) -> None:
        """Materialize the partitions of `clusters`, whose evidence exists from the start."""
        for cluster in clusters:
            metadata = cluster_metadata(cluster, packet_sha256(cluster.packet))
            self._log(names.CLUSTERS, cluster.cluster_hash, metadata)

    def outcome(self, outcome: Outcome) -> None:
        """Materialize the texts of a cluster. A failed one gets none, which marks it as failed.

        The reason is written to the log of the run and as an observation of the partition.
        """
        problem = outcome.problem
        if problem is not None:
            self._warn(problem_line(problem))
        if problem is not None and problem.kind == "failed":
            self._log_event(
                dg.AssetObservation(
                    asset_key=names.VALIDATED_SUMMARIES,
                    partition=problem.cluster_hash,
                    description=problem.error,
                    metadata={"error": problem.error},
                )
            )
        if outcome.kind != "failed" and outcome.summary is not None:
            self.summary(outcome.summary)

    def summary(self, summary: StoredSummary) -> None:
        """Materialize both assets of a stored summary."""
        text = summary_markdown(summary)
        key = summary.cluster_hash
        self._log(names.CLUSTER_SUMMARIES, key, summary_metadata(summary, text))
        self._log(names.VALIDATED_SUMMARIES, key, validated_metadata(summary, text))

    def published(self, installation: Installation) -> None:
        """Publish what is complete and materialize what is published."""
        publish_ready(installation)
        metadata = published_metadata(current_clusterings(installation))
        self._log(names.PUBLISHED_CLUSTERINGS, None, metadata)

    def _log(self, asset: str, partition: str | None, metadata: Metadata) -> None:
        self._log_event(
            dg.AssetMaterialization(asset_key=asset, partition=partition, metadata=metadata)
        )
