"""Making a clustering: memo, method, storing it whole, publishing it when readers lose nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from cluster_assets.batch.due import split_due
from cluster_assets.core.models import CLUSTER_TYPES, Clustering, ClusterType
from cluster_assets.errors import SettingsError

if TYPE_CHECKING:
    from cluster_assets.batch.pipeline import Pipeline
    from cluster_assets.store.records import StoredCluster, StoredClustering

Continuity = Literal["warm", "fresh"]


@dataclass(frozen=True, slots=True)
class ClusteringOutcome:
    """What a click on "cluster" came to.

    Attributes:
        clustering: as stored.
        clusters: as stored, largest first.
        due: hashes of the clusters that a batch has to write, in order.
        n_cached: clusters whose summaries are there.
        memoised: the same input had been clustered before; nothing was computed.
    """

    clustering: StoredClustering
    clusters: tuple[StoredCluster, ...]
    due: tuple[str, ...]
    n_cached: int
    memoised: bool


def make_clustering(
    pipeline: Pipeline,
    cluster_type: ClusterType,
    *,
    continuity: Continuity | None = None,
    run_id: str | None = None,
) -> ClusteringOutcome:
    """Cluster the source's data of one type and store the outcome.

    Raises:
        SettingsError: `CA-102` when the source has no data of that type.
        InputError: the data cannot be used; nothing is stored.
        ClusteringError: the method cannot work on it; nothing is stored.
    """
    if cluster_type not in pipeline.source.available:
        raise SettingsError(
            "CA-102",
            f"the source `{pipeline.settings.source}` has no data for a {cluster_type} clustering;"
            " see the settings of the source in the README",
            type=cluster_type,
        )
    warm = (continuity or pipeline.settings.continuity) == "warm"
    run = _functional if cluster_type == "functional" else _phenotype
    stored, memoised = run(pipeline, warm=warm, run_id=run_id)
    split = split_due(pipeline, stored.clustering_id)
    if not split.due or pipeline.store.published_clustering(cluster_type) is None:
        # Nothing to wait for, or nothing older to show while waiting
        pipeline.store.publish(stored.clustering_id, now=pipeline.now())
    return ClusteringOutcome(
        clustering=pipeline.store.clustering(stored.clustering_id) or stored,
        clusters=(*split.clusters,),
        due=tuple(cluster.cluster_hash for cluster in split.due),
        n_cached=len(split.clusters) - len(split.due),
        memoised=memoised,
    )


def publish_ready(pipeline: Pipeline) -> tuple[StoredClustering, ...]:
    """Publish each newest clustering whose clusters all have a text; return what is published.

    Readers see the clustering before it until then, whole and coherent.
    """
    for cluster_type in CLUSTER_TYPES:
        latest = pipeline.store.latest_clustering(cluster_type)
        if latest is None or latest == pipeline.store.published_clustering(cluster_type):
            continue
        hashes = [item.cluster_hash for item in pipeline.store.clusters(latest.clustering_id)]
        if len(pipeline.store.summaries(hashes)) == len(hashes):
            pipeline.store.publish(latest.clustering_id, now=pipeline.now())
    published = (pipeline.store.published_clustering(kind) for kind in CLUSTER_TYPES)
    return tuple(item for item in published if item is not None)


def _functional(
    pipeline: Pipeline, *, warm: bool, run_id: str | None
) -> tuple[StoredClustering, bool]:
    from cluster_assets.core.fingerprints import functional_fingerprint
    from cluster_assets.core.functional import FunctionalParams, cluster_genes
    from cluster_assets.core.plots import functional_plots

    data = pipeline.source.functional()
    params = FunctionalParams(resolution=pipeline.settings.resolution)
    memo = _memo(pipeline, "functional", functional_fingerprint(data, params), warm=warm)
    if memo is not None:
        return memo, True
    predecessor = pipeline.store.predecessor("functional") if warm else None
    result = cluster_genes(data, params, predecessor)
    return _save(pipeline, result, functional_plots(result, data), run_id), False


def _phenotype(
    pipeline: Pipeline, *, warm: bool, run_id: str | None
) -> tuple[StoredClustering, bool]:
    from cluster_assets.core.fingerprints import phenotype_fingerprint
    from cluster_assets.core.phenotype import PhenotypeParams, cluster_entities
    from cluster_assets.core.plots import phenotype_plots

    data = pipeline.source.phenotype()
    params = PhenotypeParams()
    memo = _memo(pipeline, "phenotype", phenotype_fingerprint(data, params), warm=warm)
    if memo is not None:
        return memo, True
    predecessor = pipeline.store.predecessor("phenotype") if warm else None
    result = cluster_entities(data, params, predecessor)
    return _save(pipeline, result, phenotype_plots(result, data), run_id), False


def _memo(
    pipeline: Pipeline, cluster_type: ClusterType, fingerprint: str, *, warm: bool
) -> StoredClustering | None:
    """Return the newest clustering when it came from the same input in the same way."""
    since = pipeline.now() - timedelta(days=pipeline.settings.ttl_days)
    memo = pipeline.store.find_memo(cluster_type, fingerprint, since=since)
    if memo is not None and not warm and memo.started_from is not None:
        return None
    return memo


def _save(
    pipeline: Pipeline, result: Clustering, plots: Mapping[str, bytes], run_id: str | None
) -> StoredClustering:
    pipeline.store.save_clustering(result, run_id=run_id, now=pipeline.now(), plots=plots)
    stored = pipeline.store.clustering(result.clustering_id)
    if stored is None:
        raise RuntimeError(f"clustering {result.clustering_id} is gone after it was stored")
    return stored
