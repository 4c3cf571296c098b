"""The published clusterings, joined with their validated summaries."""

import dagster as dg

from cluster_assets import names
from cluster_assets.orchestration.failures import dagster_failures
from cluster_assets.orchestration.resources import InstallationResource


@dg.asset(
    name=names.PUBLISHED_CLUSTERINGS,
    group_name="published",
    kinds={"sql"},
    owners=names.OWNERS,
    code_version="1",
    deps=[names.FUNCTIONAL_CLUSTERING, names.PHENOTYPE_CLUSTERING, names.VALIDATED_SUMMARIES],
)
def published_clusterings(installation: InstallationResource) -> dg.MaterializeResult:
    """The current clustering of each type joined with its validated summaries.

    A new clustering is published when each of its clusters has a text; readers see the one before
    until then. A batch publishes at its end by itself, so this needs no launch by hand.
    """
    from cluster_assets.batch.clustering_run import publish_ready
    from cluster_assets.batch.results import current_clusterings
    from cluster_assets.orchestration.metadata import published_metadata

    with dagster_failures():
        opened = installation.open()
        publish_ready(opened)
        published = current_clusterings(opened)
    return dg.MaterializeResult(metadata=published_metadata(published))
