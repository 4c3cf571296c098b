"""Names of assets, jobs, sensor and tags; users, tests and host applications rely on them."""

from __future__ import annotations

from cluster_assets.core.models import ClusterType, TypeChoice

FUNCTIONAL_CLUSTERING = "functional_clustering"
PHENOTYPE_CLUSTERING = "phenotype_clustering"
PUBLISHED_CLUSTERINGS = "published_clusterings"
CLUSTERS = "clusters"
CLUSTER_SUMMARIES = "cluster_summaries"
VALIDATED_SUMMARIES = "validated_summaries"
ASSETS = {
    FUNCTIONAL_CLUSTERING,
    PHENOTYPE_CLUSTERING,
    PUBLISHED_CLUSTERINGS,
    CLUSTERS,
    CLUSTER_SUMMARIES,
    VALIDATED_SUMMARIES,
}
CLUSTERING_ASSETS: dict[ClusterType, str] = {
    "functional": FUNCTIONAL_CLUSTERING,
    "phenotype": PHENOTYPE_CLUSTERING,
}

CLUSTERING_JOB = "clustering_job"
FUNCTIONAL_CLUSTERING_JOB = "functional_clustering_job"
PHENOTYPE_CLUSTERING_JOB = "phenotype_clustering_job"
SUMMARY_BATCH_JOB = "summary_batch_job"
CLUSTERING_JOBS: dict[TypeChoice, str] = {
    "functional": FUNCTIONAL_CLUSTERING_JOB,
    "phenotype": PHENOTYPE_CLUSTERING_JOB,
    "all": CLUSTERING_JOB,
}
JOBS = {*CLUSTERING_JOBS.values(), SUMMARY_BATCH_JOB}
NEW_CLUSTERS_SENSOR = "new_clusters_sensor"

CLUSTER_PARTITIONS = "cluster_hash"
PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
TAG_PREFIX = "cluster_assets/"
TYPE_TAG = TAG_PREFIX + "type"
CLUSTERING_ID_TAG = TAG_PREFIX + "clustering_id"
CLUSTERING_RUN_ID_TAG = TAG_PREFIX + "clustering_run_id"
PROGRESS_TAG = TAG_PREFIX + "progress"
CURRENT_TAG = TAG_PREFIX + "current"
DONE_TAG = TAG_PREFIX + "done"
TOTAL_TAG = TAG_PREFIX + "total"
SUCCEEDED_TAG = TAG_PREFIX + "succeeded"
FAILED_TAG = TAG_PREFIX + "failed"
REJECTED_TAG = TAG_PREFIX + "rejected"
SKIPPED_TAG = TAG_PREFIX + "skipped"
# On a clustering run whose starter runs the batch itself: the sensor ignores it
BATCH_BY_TAG = TAG_PREFIX + "batch_by"
# On a clustering run that gets no batch for its new clusters; followed by the type
NO_BATCH_TAG = TAG_PREFIX + "no_batch/"

OWNERS = ["team:cluster-assets"]
