"""The clusterings: one asset per type, without partitions, computed as a whole in each run.

Without postponed annotations: Dagster reads the config class from the signature.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from cluster_assets import names
from cluster_assets.core.models import ClusterType
from cluster_assets.orchestration.config import ClusteringConfig
from cluster_assets.orchestration.failures import dagster_failures
from cluster_assets.orchestration.resources import InstallationResource

GROUP = "clusterings"


def _cluster(
    context: dg.AssetExecutionContext,
    cluster_type: ClusterType,
    config: ClusteringConfig,
    installation: InstallationResource,
) -> Iterator[dg.MaterializeResult]:
    from cluster_assets.batch.clustering_run import make_clustering
    from cluster_assets.orchestration.metadata import clustering_metadata

    with dagster_failures():
        opened = installation.open()
        if context.job_name == names.CLUSTERING_JOB and cluster_type not in opened.source.available:
            context.log.info("the source has no data for a %s clustering; skipped", cluster_type)
            return
        outcome = make_clustering(
            opened,
            cluster_type,
            continuity=None if config.continuity == "setting" else config.continuity,
            run_id=context.run.run_id,
        )
    context.log.info(
        "%d %s clusters: %d to write, %d cached",
        len(outcome.clusters),
        cluster_type,
        len(outcome.due),
        outcome.n_cached,
    )
    yield dg.MaterializeResult(metadata=clustering_metadata(outcome))


_clustering_asset = partial(
    dg.asset, group_name=GROUP, owners=names.OWNERS, code_version="1", output_required=False
)


@_clustering_asset(name=names.FUNCTIONAL_CLUSTERING, kinds={"python", "leiden"})
def functional_clustering(
    context: dg.AssetExecutionContext, config: ClusteringConfig, installation: InstallationResource
) -> Iterator[dg.MaterializeResult]:
    """Genes clustered by function: consensus Leiden over weighted interactions.

    Each cluster carries the terms that are enriched in it (hypergeometric test, FDR by
    Benjamini-Hochberg). With the embedded data an interaction is HPO similarity, not a measured
    one; a real interaction network such as STRING is a setting away.
    """
    yield from _cluster(context, "functional", config, installation)


@_clustering_asset(name=names.PHENOTYPE_CLUSTERING, kinds={"python", "mca"})
def phenotype_clustering(
    context: dg.AssetExecutionContext, config: ClusteringConfig, installation: InstallationResource
) -> Iterator[dg.MaterializeResult]:
    """Disease entities clustered by phenotype: MCA, Ward, consolidation.

    Each cluster carries the HPO terms that are over- or under-represented in it (v-tests). A term
    that is not recorded for an entity counts as absent, which each summary says.
    """
    yield from _cluster(context, "phenotype", config, installation)
