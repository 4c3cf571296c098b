"""Making a clustering: memo, method, storing it whole, publishing it when readers lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cluster_assets.batch.due import split_due
from cluster_assets.core.models import CLUSTER_TYPES, Clustering, ClusterType, Predecessor
from cluster_assets.errors import SettingsError

if TYPE_CHECKING:
    from cluster_assets.batch.pipeline import Pipeline
    from cluster_assets.sources.catalog import Source
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
        plots: PNG images in base64, by name.
    """

    clustering: StoredClustering
    clusters: tuple[StoredCluster, ...]
    due: tuple[str, ...]
    n_cached: int
    memoised: bool
    plots: Mapping[str, str]


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
    stored, memoised = _clustered(pipeline, cluster_type, warm=warm, run_id=run_id)
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
        plots=pipeline.store.plots(stored.clustering_id),
    )


def publish_ready(pipeline: Pipeline) -> tuple[StoredClustering, ...]:
    """Publish each newest clustering that is settled; return what is published.

    Readers see the clustering before it until then, whole and coherent. A cluster that no text
    could be written for does not hold it back: it is shown as pending, with the reason.
    """
    store, found = pipeline.store, []
    for cluster_type in CLUSTER_TYPES:
        latest = store.latest_clustering(cluster_type)
        published = store.published_clustering(cluster_type)
        if latest is None:
            continue
        is_newer = published is None or published.clustering_id != latest.clustering_id
        if is_newer and store.is_settled(latest.clustering_id):
            store.publish(latest.clustering_id, now=pipeline.now())
            published = store.published_clustering(cluster_type)
        if published is not None:
            found.append(published)
    return tuple(found)


class _Method(NamedTuple):
    """How one type is clustered; the modules behind it are imported when it is asked for."""

    params: Any
    load: Callable[[], Any]
    fingerprint: Callable[[Any, Any], str]
    cluster: Callable[[Any, Any, Predecessor | None], tuple[Clustering, Any]]
    plots: Callable[[Clustering, Any], Mapping[str, bytes]]  # drawn from what `cluster` returned


def _functional(pipeline: Pipeline, source: Source) -> _Method:
    from cluster_assets.core.clustering.fingerprints import functional_fingerprint
    from cluster_assets.core.clustering.genes.functional import cluster_genes_with_network
    from cluster_assets.core.clustering.params import FunctionalParams
    from cluster_assets.core.clustering.plots import functional_plots

    return _Method(
        FunctionalParams(
            resolution=pipeline.settings.resolution, subclusters=pipeline.settings.subclusters
        ),
        source.functional,
        functional_fingerprint,
        cluster_genes_with_network,
        functional_plots,
    )


def _phenotype(source: Source) -> _Method:
    from cluster_assets.core.clustering.entities.phenotype import cluster_entities_with_space
    from cluster_assets.core.clustering.fingerprints import phenotype_fingerprint
    from cluster_assets.core.clustering.params import PhenotypeParams
    from cluster_assets.core.clustering.plots import phenotype_plots

    return _Method(
        PhenotypeParams(),
        source.phenotype,
        phenotype_fingerprint,
        cluster_entities_with_space,
        phenotype_plots,
    )


def _clustered(
    pipeline: Pipeline, cluster_type: ClusterType, *, warm: bool, run_id: str | None
) -> tuple[StoredClustering, bool]:
    """Return the clustering of the data as they are now, and whether it was there already.

    Unchanged files are told by their stamp and are not read; what was read is told by its
    fingerprint.
    """
    from cluster_assets.sources.catalog import open_source

    source = open_source(pipeline.source_config)  # one that has read nothing yet
    functional = cluster_type == "functional"
    method = _functional(pipeline, source) if functional else _phenotype(source)
    newest, stamp = _reusable(pipeline, cluster_type, warm=warm), _stamp(source, method)
    if newest is not None and stamp is not None and newest.input_stamp == stamp:
        return newest, True
    data = method.load()
    if stamp != _stamp(source, method):
        stamp = None  # a file changed while it was read: the stamp tells nothing of the data
    if newest is not None and newest.fingerprint == method.fingerprint(data, method.params):
        pipeline.store.note_stamp(newest.clustering_id, stamp)
        return newest, True
    predecessor = pipeline.store.predecessor(cluster_type) if warm else None
    result, drawn_from = method.cluster(data, method.params, predecessor)
    pipeline.store.save_clustering(
        result,
        run_id=run_id,
        now=pipeline.now(),
        plots=method.plots(result, drawn_from),
        input_stamp=stamp,
    )
    stored = pipeline.store.clustering(result.clustering_id)
    if stored is None:
        raise RuntimeError(f"clustering {result.clustering_id} is gone after it was stored")
    return stored, False


def _reusable(
    pipeline: Pipeline, cluster_type: ClusterType, *, warm: bool
) -> StoredClustering | None:
    """Return the newest clustering if it is young enough, and started as it would start now."""
    newest = pipeline.store.latest_clustering(cluster_type)
    since = pipeline.now() - timedelta(days=pipeline.settings.ttl_days)
    if newest is None or newest.created_at < since:
        return None
    return newest if warm or newest.started_from is None else None


def _stamp(source: Source, method: _Method) -> str | None:
    from cluster_assets.core.clustering.fingerprints import input_stamp

    stamp = source.stamp()
    return None if stamp is None else input_stamp(stamp, method.params)
