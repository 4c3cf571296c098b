from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import (
    build_network,
    component_labels,
    modularity,
    rewire,
    subnetwork,
)
from support.clustering_inputs import functional_input


def network_of(*edges: tuple[str, str, float]):
    frame = pd.DataFrame(edges, columns=["gene_a", "gene_b", "weight"])
    genes = pd.Series(sorted({*frame["gene_a"], *frame["gene_b"]}))
    return build_network(genes, frame)


def test_a_pair_written_twice_counts_once_with_the_larger_weight() -> None:
    network = network_of(("b", "a", 0.3), ("a", "b", 0.7), ("b", "c", 0.5))
    assert list(network.nodes) == ["a", "b", "c"]
    assert network.n_edges == 2
    assert network.adjacency.toarray().tolist() == [[0, 0.7, 0], [0.7, 0, 0.5], [0, 0.5, 0]]


def test_nodes_are_sorted_by_code_point() -> None:
    network = network_of(("HGNC:9", "HGNC:10", 1.0), ("HGNC:10", "HGNC:100", 1.0))
    assert list(network.nodes) == ["HGNC:10", "HGNC:100", "HGNC:9"]


def test_modularity_of_two_joined_triangles() -> None:
    network = network_of(
        ("a", "b", 1), ("b", "c", 1), ("a", "c", 1), ("d", "e", 1), ("e", "f", 1), ("d", "f", 1),
        ("c", "d", 1),
    )  # fmt: skip
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert modularity(network.adjacency, labels) == pytest.approx(6 / 7 - 0.5)
    assert modularity(network.adjacency, labels, 2.0) == pytest.approx(6 / 7 - 1.0)
    quality, found = leiden.leiden(network.adjacency, 1, 1.0)
    assert quality == pytest.approx(6 / 7 - 0.5)
    assert list(leiden.by_size(found)) == [0, 0, 0, 1, 1, 1]


def test_rewiring_keeps_degrees_and_weights_and_little_else() -> None:
    inp = functional_input()
    network = build_network(inp.genes["gene_id"], inp.interactions)
    random = rewire(network, 5)
    assert list(np.diff(random.adjacency.indptr)) == list(np.diff(network.adjacency.indptr))
    assert sorted(random.adjacency.data) == sorted(network.adjacency.data)
    assert random.adjacency.diagonal().sum() == 0
    assert (random.adjacency != random.adjacency.T).nnz == 0
    kept = (random.adjacency.astype(bool).multiply(network.adjacency.astype(bool))).nnz
    assert kept < 0.4 * network.adjacency.nnz
    assert (rewire(network, 5).adjacency != random.adjacency).nnz == 0


def test_a_subnetwork_forgets_nodes_that_lost_all_neighbours() -> None:
    network = network_of(("a", "b", 1), ("c", "d", 1), ("b", "c", 1))
    part, positions = subnetwork(network, np.array([0, 1, 3]))
    assert list(part.nodes) == ["a", "b"]
    assert list(positions) == [0, 1]


def test_components_are_those_within_clusters() -> None:
    network = network_of(("a", "b", 1), ("b", "c", 1), ("c", "d", 1))
    parts = component_labels(network.adjacency, np.array([0, 0, 1, 0]))
    assert parts[0] == parts[1]
    assert len({parts[0], parts[2], parts[3]}) == 3


def test_confidence_is_how_often_fellows_fell_together() -> None:
    labels = np.array([0, 0, 0, 1])
    runs = np.array([[0, 0], [0, 0], [0, 1], [1, 1]])
    assert list(leiden.confidence(labels, runs)) == pytest.approx([0.75, 0.75, 0.5, 1.0])


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    inp = functional_input()
    network = build_network(inp.genes["gene_id"], inp.interactions)

    def labels() -> list[int]:
        found = leiden.consensus(network.adjacency, seed=3, n_runs=8, n_best=4, resolution=1.0)
        return found.labels.tolist()

    both = labels()
    monkeypatch.setattr("cluster_assets.core.clustering.threads.MAX_THREADS", 1)
    assert labels() == both


def test_another_seed_is_another_run_and_the_same_seed_is_not() -> None:
    inp = functional_input()
    network = build_network(inp.genes["gene_id"], inp.interactions)
    random = rewire(network, 1).adjacency
    one, again, other = (leiden.leiden(random, seed, 1.0)[1] for seed in (1, 1, 2))
    assert list(one) == list(again)
    assert list(one) != list(other)
