"""Making a clustering: reuse, method, storage, and publication once its texts are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_assets.batch.due import split_due
from cluster_assets.core.models import (
    CLUSTER_TYPES,
    Clustering,
    ClusterType,
    Continuity,
    Predecessor,
)
from cluster_assets.errors import SettingsError

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.sources.catalog import Source
    from cluster_assets.store.records import StoredCluster, StoredClustering


@dataclass(frozen=True, slots=True)
class ClusteringOutcome:
    """The result of one clustering.

    Attributes:
        clustering: the stored clustering.
        clusters: its stored clusters, largest first.
        due: hashes of the clusters that a batch has to write, in order.
        n_cached: number of clusters with a cached summary.
        memoised: whether the same input was clustered before and nothing was computed.
        plots: PNG images in base64, by name.
    """

    clustering: StoredClustering
    clusters: tuple[StoredCluster, ...]
    due: tuple[str, ...]
    n_cached: int
    memoised: bool
    plots: Mapping[str, str]


def make_clustering(
    installation: Installation,
    cluster_type: ClusterType,
    *,
    continuity: Continuity | None = None,
    run_id: str | None = None,
) -> ClusteringOutcome:
    """Cluster the data of one type and store the result.

    Raises:
        SettingsError: `CA-102` when the source has no data of that type.
        InputError: the data cannot be used; nothing is stored.
        ClusteringError: the method does not work on the data; nothing is stored.
    """
    if cluster_type not in installation.source.available:
        raise SettingsError(
            "CA-102",
            f"the source `{installation.settings.source}` has no data for a {cluster_type}"
            " clustering; see the settings of the source in the README",
            type=cluster_type,
        )
    warm = (continuity or installation.settings.continuity) == "warm"
    stored, memoised = _clustered(installation, cluster_type, warm=warm, run_id=run_id)
    split = split_due(installation, stored.clustering_id)
    if not split.due or installation.store.published_clustering(cluster_type) is None:
        # Nothing to wait for, or no older clustering to show meanwhile
        installation.store.publish(stored.clustering_id, now=installation.now())
    return ClusteringOutcome(
        clustering=installation.store.clustering(stored.clustering_id) or stored,
        clusters=(*split.clusters,),
        due=tuple(cluster.cluster_hash for cluster in split.due),
        n_cached=len(split.clusters) - len(split.due),
        memoised=memoised,
        plots=installation.store.plots(stored.clustering_id),
    )


def publish_ready(installation: Installation) -> tuple[StoredClustering, ...]:
    """Publish the newest clustering of each type if it is settled; return the published ones.

    Until then readers see the previous clustering as a whole. A cluster for which no text could be
    written does not delay publication: it is shown as pending, with the reason.
    """
    store = installation.store
    found: list[StoredClustering] = []
    for cluster_type in CLUSTER_TYPES:
        latest = store.latest_clustering(cluster_type)
        published = store.published_clustering(cluster_type)
        if latest is None:
            continue
        is_newer = published is None or published.clustering_id != latest.clustering_id
        if is_newer and store.is_settled(latest.clustering_id):
            store.publish(latest.clustering_id, now=installation.now())
            published = store.published_clustering(cluster_type)
        if published is not None:
            found.append(published)
    return tuple(found)


class _Method(NamedTuple):
    """How a type is clustered. Built on demand, because the modules behind it import slowly."""

    params: Any
    load: Callable[[], Any]
    fingerprint: Callable[[Any, Any], str]
    cluster: Callable[[Any, Any, Predecessor | None], tuple[Clustering, Any]]
    plots: Callable[[Clustering, Any], Mapping[str, bytes]]  # drawn from what `cluster` returned


def _functional(installation: Installation, source: Source) -> _Method:
    from cluster_assets.core.clustering.fingerprints import functional_fingerprint
    from cluster_assets.core.clustering.genes.functional import cluster_genes_with_network
    from cluster_assets.core.clustering.params import FunctionalParams
    from cluster_assets.core.clustering.plots import functional_plots

    return _Method(
        FunctionalParams(
            resolution=installation.settings.resolution,
            subclusters=installation.settings.subclusters,
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
    installation: Installation, cluster_type: ClusterType, *, warm: bool, run_id: str | None
) -> tuple[StoredClustering, bool]:
    """Return the clustering of the current data, and whether it was stored already.

    Unchanged files are recognized by their stamp and not read. Data that was read is recognized by
    its fingerprint.
    """
    from cluster_assets.sources.catalog import open_source

    source = open_source(installation.settings.source_config)  # one that has read nothing yet
    functional = cluster_type == "functional"
    method = _functional(installation, source) if functional else _phenotype(source)
    newest, stamp = _reusable(installation, cluster_type, warm=warm), _stamp(source, method)
    if newest is not None and stamp is not None and newest.input_stamp == stamp:
        return newest, True
    data = method.load()
    if stamp != _stamp(source, method):
        stamp = None  # a file changed while it was read: the stamp may not match the data
    if newest is not None and newest.fingerprint == method.fingerprint(data, method.params):
        installation.store.note_stamp(newest.clustering_id, stamp)
        return newest, True
    predecessor = installation.store.predecessor(cluster_type) if warm else None
    result, drawn_from = method.cluster(data, method.params, predecessor)
    installation.store.save_clustering(
        result,
        run_id=run_id,
        now=installation.now(),
        plots=method.plots(result, drawn_from),
        input_stamp=stamp,
    )
    stored = installation.store.clustering(result.clustering_id)
    if stored is None:
        raise RuntimeError(f"clustering {result.clustering_id} was stored but cannot be read")
    return stored, False


def _reusable(
    installation: Installation, cluster_type: ClusterType, *, warm: bool
) -> StoredClustering | None:
    """Return the newest clustering if it is not expired and was started as one would be now."""
    newest = installation.store.latest_clustering(cluster_type)
    since = installation.now() - timedelta(days=installation.settings.ttl_days)
    if newest is None or newest.created_at < since:
        return None
    return newest if warm or newest.started_from is None else None


def _stamp(source: Source, method: _Method) -> str | None:
    from cluster_assets.core.clustering.fingerprints import input_stamp

    stamp = source.stamp()
    return None if stamp is None else input_stamp(stamp, method.params)
