"""What survives a change of the data: members are taken out at random, and all is clustered again.

A hash survives when its members do, so sets of members are compared; only clusters that no change
touched count, as the others must get another hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cluster_assets.core.clustering.continuity import published_labels
from cluster_assets.core.clustering.entities.grouping import group_entities
from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.presence import build_presence
from cluster_assets.core.clustering.genes.communities import find_communities
from cluster_assets.core.clustering.genes.graph import build_network
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.models import PhenotypeInput, Predecessor
from cluster_assets_bench import real_data

GENES, ENTITIES = FunctionalParams(), PhenotypeParams()
Groups = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Partition:
    """Reported clusters by a key, and how they compare with a fresh clustering.

    Attributes:
        groups: members of each cluster.
        loss: share of the quality given up; None for a first clustering.
        is_warm: whether it was carried over.
    """

    groups: Groups
    loss: float | None
    is_warm: bool


@dataclass(frozen=True, slots=True)
class Drops:
    """What several changes left of a clustering; one value for each change.

    Attributes:
        survived: share of the untouched clusters whose hash is the same; none where all are
            touched.
        losses: share of the quality given up.
        n_warm: changes after which the published clustering was carried over.
    """

    survived: tuple[float, ...]
    losses: tuple[float, ...]
    n_warm: int


def drop_genes(ndd: Path, edges: pd.DataFrame, n_gone: int, times: int) -> Drops:
    """Take genes out of SysNDD's list.

    Args:
        ndd: the folder of the data.
        edges: interactions.
        n_gone: genes that go at once.
        times: how often.
    """
    genes = real_data.sysndd_genes(ndd)["gene_id"]

    def cluster(gone: frozenset[str], before: Groups) -> Partition:
        network = build_network(genes[~genes.isin(gone)], edges)
        found = find_communities(network, GENES, Predecessor("before", dict(before)))
        groups = {str(i): frozenset(group) for i, group in enumerate(found.groups(network))}
        return Partition(groups, found.loss, found.is_warm)

    network = build_network(genes, edges)
    return _drop(cluster, list(network.nodes), n_gone, times)


def drop_entities(inp: PhenotypeInput, n_gone: int, times: int) -> Drops:
    """Take disease entities out of an input; the arguments are those of `drop_genes`."""

    def cluster(gone: frozenset[str], before: Groups) -> Partition:
        left = replace(
            inp,
            entities=inp.entities[~inp.entities["entity_id"].isin(gone)],
            phenotypes=inp.phenotypes[~inp.phenotypes["entity_id"].isin(gone)],
        )
        presence = build_presence(left, ENTITIES.min_prevalence, ENTITIES.max_prevalence)
        published = published_labels(presence.entity_ids, before)
        with threadpool_limits(limits=1):  # as the product
            points = fit_mca(presence.active, ENTITIES.n_axes).coordinates
            found = group_entities(presence, points, published, ENTITIES)
        large = np.flatnonzero(np.bincount(found.labels) >= ENTITIES.min_size)
        groups = {str(i): frozenset(presence.entity_ids[found.labels == i]) for i in large}
        return Partition(groups, found.loss, found.is_warm)

    return _drop(cluster, sorted(inp.entities["entity_id"]), n_gone, times)


def _drop(
    cluster: Callable[[frozenset[str], Groups], Partition],
    ids: Sequence[str],
    n_gone: int,
    times: int,
) -> Drops:
    rng = np.random.default_rng(n_gone)
    before = cluster(frozenset(), {}).groups
    survived, losses, n_warm = [], [], 0
    for _ in range(times):
        gone = frozenset(rng.choice(ids, n_gone, replace=False))
        after = cluster(gone, before)
        now = set(after.groups.values())
        untouched = [members for members in before.values() if not members & gone]
        if untouched:
            survived.append(float(np.mean([members in now for members in untouched])))
        losses.append(after.loss or 0.0)
        n_warm += after.is_warm
    return Drops(tuple(survived), tuple(losses), n_warm)
