"""The batch: clusters, their summaries and the validated summaries, partitioned by cluster hash."""

from collections.abc import Iterator

import dagster as dg

from cluster_assets import names
from cluster_assets.batch.progress import ProgressSink
from cluster_assets.orchestration.failures import dagster_failures
from cluster_assets.orchestration.partitions import cluster_hashes
from cluster_assets.orchestration.progress import RunTagProgress
from cluster_assets.orchestration.resources import InstallationResource

GROUP = "summaries"


def _spec(name: str, deps: list[str], kinds: set[str], description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=deps,
        description=description,
        group_name=GROUP,
        kinds=kinds,
        owners=names.OWNERS,
        code_version="1",
        partitions_def=cluster_hashes,
        skippable=True,  # materializations are logged one by one, as soon as a cluster is done
    )


SPECS = [
    _spec(
        names.CLUSTERS,
        [names.FUNCTIONAL_CLUSTERING, names.PHENOTYPE_CLUSTERING],
        {"python"},
        "A cluster by its membership, with its evidence packet: the numbered rows that writer,"
        " checks and judge all see.",
    ),
    _spec(
        names.CLUSTER_SUMMARIES,
        [names.CLUSTERS],
        {"litellm"},
        "The summary that a writer made from the evidence packet, sentence by sentence with the"
        " rows it rests on.",
    ),
    _spec(
        names.VALIDATED_SUMMARIES,
        [names.CLUSTER_SUMMARIES],
        {"litellm", "sql"},
        "What a reader sees: the summary after checks, judge and verdict; accepted, or low"
        " confidence with its reasons.",
    ),
]


@dg.multi_asset(
    name="summary_batch",
    specs=SPECS,
    partitions_def=cluster_hashes,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def summary_batch(
    context: dg.AssetExecutionContext,
    installation: InstallationResource,
    progress: dg.ResourceParam[ProgressSink],
) -> Iterator[dg.MaterializeResult]:
    """Write, check, judge and keep the summaries of the clusters of one batch."""
    from cluster_assets.batch.runner import run_batch
    from cluster_assets.orchestration.events import MaterializationLog
    from cluster_assets.orchestration.metadata import failed_metadata

    with dagster_failures():
        opened = installation.open()
        log = MaterializationLog(context.log_event, context.log.warning)
        try:
            final = run_batch(
                opened,
                context.partition_keys,
                clustering_id=context.run.tags.get(names.CLUSTERING_ID_TAG),
                batch_id=context.run.run_id,
                sink=RunTagProgress(context.instance, context.run.run_id, progress),
                on_start=log.clusters,
                on_outcome=log.outcome,
            )
        finally:
            log.published(opened)
    done = f"Done: {final.totals_line}"
    context.log.info(done)
    for note in final.notes:
        context.log.warning(note)
    if final.totals.failed:  # marks the partitions without a materialization as failed
        failed = failed_metadata(final.problems)
        raise dg.Failure(description=done, metadata=failed, allow_retries=False)
    yield from ()
