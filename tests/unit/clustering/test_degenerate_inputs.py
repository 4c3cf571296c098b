"""Small and degenerate data: an answer or one message, and equal profiles in one cluster."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cluster_assets.core.clustering.entities import ward
from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.entities.presence import distinct_profiles
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.models import Predecessor
from cluster_assets.errors import ClusterAssetsError
from support.degenerate import (
    Edges,
    check_connected,
    clusters_of_profiles,
    network,
    profile_table,
    published,
)


def star(leaves: int, hub: int = 0) -> Edges:
    return [(hub, hub + 1 + leaf, 1.0) for leaf in range(leaves)]


def clique(first: int, size: int, weight: float = 1.0) -> Edges:
    nodes = range(first, first + size)
    return [(a, b, weight) for a in nodes for b in nodes if a < b]


NETWORKS: dict[str, Edges] = {
    "two nodes": [(0, 1, 1.0)],
    "one star": star(40),
    "two stars": star(20) + star(20, hub=21),
    "tree": [(child, (child - 1) // 2, 1.0) for child in range(1, 63)],
    "path": [(node, node + 1, 1.0) for node in range(30)],
    "clique": clique(0, 20),
    "disjoint pairs": [(2 * pair, 2 * pair + 1, 1.0) for pair in range(20)],
    "barbell": [*clique(0, 12), *clique(12, 12), (0, 12, 1e6)],
    "one heavy edge": [*star(30), (1, 2, 1e9)],
    "smallest and largest weight": [(0, 1, 1e-9), (1, 2, 1e9), (2, 3, 1e-9)],
}


@pytest.mark.parametrize("min_size", [1, 10])
@pytest.mark.parametrize("edges", NETWORKS.values(), ids=NETWORKS.keys())
def test_each_network_gets_connected_clusters(edges: Edges, min_size: int) -> None:
    inp = network(edges, 1 + max(max(a, b) for a, b, _ in edges))
    params = FunctionalParams(min_size=min_size, subclusters=True)
    result = cluster_genes(inp, params)
    check_connected(inp, result)
    again = cluster_genes(inp, params, published(result))
    assert {c.cluster_hash for c in again.clusters} == {c.cluster_hash for c in result.clusters}


def test_a_star_is_one_cluster_that_does_not_come_back_without_its_hub() -> None:
    found = cluster_genes(network(star(40), 41)).clusters
    assert [len(cluster.members) for cluster in found] == [41]
    assert found[0].stats["stability"] < 1  # one of the 20 draws misses the hub


def blocks(*sizes: int) -> NDArray[np.bool_]:
    """Return so many entities of each of several profiles; a profile is two terms of its own."""
    profile = np.repeat(np.arange(len(sizes)), sizes)
    return profile[:, None] == np.arange(2 * len(sizes)) // 2


def test_two_profiles_are_two_clusters_and_nothing_is_left_over() -> None:
    inp = profile_table(blocks(40, 40))
    result = cluster_entities(inp)
    assert [len(cluster.members) for cluster in result.clusters] == [40, 40]
    assert result.unclustered == ()
    assert all(len(places) == 1 for places in clusters_of_profiles(inp, result))
    assert min(cluster.stats["stability"] for cluster in result.clusters) == 1.0


def test_a_large_profile_stays_apart_from_small_ones() -> None:
    params = PhenotypeParams(min_prevalence=0.005, max_prevalence=0.99, min_size=1)
    result = cluster_entities(profile_table(blocks(190, 8, 2)), params)
    assert [len(cluster.members) for cluster in result.clusters] == [190, 8, 2]


def test_equal_profiles_stay_together_beyond_what_a_tree_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ward, "MAX_TREE", 50)
    result = cluster_entities(profile_table(blocks(60, 50, 40)))
    assert [len(cluster.members) for cluster in result.clusters] == [60, 50, 40]


def test_entities_that_became_alike_leave_the_clusters_that_part_them() -> None:
    inp = profile_table(blocks(40, 40))
    ids = inp.entities["entity_id"].tolist()
    before = Predecessor("before", {"a": frozenset(ids[:50]), "b": frozenset(ids[50:])})
    result = cluster_entities(inp, predecessor=before)
    assert [len(cluster.members) for cluster in result.clusters] == [40, 40]
    assert result.started_from == "before"


def test_equal_profiles_of_all_are_refused() -> None:
    with pytest.raises(ClusterAssetsError) as caught:
        cluster_entities(profile_table(np.ones((40, 5), dtype=bool)))
    assert caught.value.code == "CA-311"


def test_profiles_are_numbered_as_they_come() -> None:
    from scipy import sparse

    rows = np.array([[0, 1] * 5, [1, 0] * 5, [0, 1] * 5, [0] * 10])
    assert list(distinct_profiles(sparse.csr_array(rows))) == [0, 1, 0, 2]


def test_copies_of_a_few_points_fill_no_more_cells_than_there_are_points() -> None:
    points = np.array([[0.1, 0.2], [0.1, 0.2], [0.3, 0.4], [0.7, 0.1]])
    assert list(ward.gather_cells(points, 10, np.array([5, 1, 3, 9]))) in (
        [0, 0, 1, 2],
        [0, 0, 2, 1],
        [1, 1, 0, 2],
        [1, 1, 2, 0],
        [2, 2, 0, 1],
        [2, 2, 1, 0],
    )
