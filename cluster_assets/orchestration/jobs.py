"""The jobs: three for clustering, one for a batch. All run in process to save start-up time."""

from __future__ import annotations

import dagster as dg

from cluster_assets import names
from cluster_assets.orchestration.failures import NO_RUN_RETRIES


def _clustering_job(name: str, description: str, *assets: str) -> dg.UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*assets, names.PUBLISHED_CLUSTERINGS),
        description=description,
        executor_def=dg.in_process_executor,
    )


clustering_job = _clustering_job(
    names.CLUSTERING_JOB,
    "Cluster genes by function and disease entities by phenotype. The sensor starts a batch"
    " for the new clusters.",
    names.FUNCTIONAL_CLUSTERING,
    names.PHENOTYPE_CLUSTERING,
)
functional_clustering_job = _clustering_job(
    names.FUNCTIONAL_CLUSTERING_JOB,
    "Cluster genes by function; the sensor starts a batch for new clusters.",
    names.FUNCTIONAL_CLUSTERING,
)
phenotype_clustering_job = _clustering_job(
    names.PHENOTYPE_CLUSTERING_JOB,
    "Cluster disease entities by phenotype; the sensor starts a batch for new clusters.",
    names.PHENOTYPE_CLUSTERING,
)
summary_batch_job = dg.define_asset_job(
    names.SUMMARY_BATCH_JOB,
    selection=dg.AssetSelection.assets(
        names.CLUSTERS, names.CLUSTER_SUMMARIES, names.VALIDATED_SUMMARIES
    ),
    description="Write, check, judge and keep the summaries of the new clusters of one clustering."
    " Started by the sensor, one run per clustering; cached clusters are never written again.",
    executor_def=dg.in_process_executor,
    tags=NO_RUN_RETRIES,
)
jobs = [
    clustering_job,
    functional_clustering_job,
    phenotype_clustering_job,
    summary_batch_job,
]
