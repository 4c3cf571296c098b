"""What the clustering benchmark works on: planted structure, networks on disk, changes of data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.ward import consolidate, cut_tree, grow_tree
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import build_network
from cluster_assets.core.clustering.partitions import adjusted_rand_index
from cluster_assets_bench.clustering_tasks import read_network
from cluster_assets_bench.continuity import drop_entities
from cluster_assets_bench.planted_data import planted_network, planted_phenotypes
from support.clustering_inputs import PROFILE_SIZE, phenotype_input


def test_the_planted_network_has_what_was_planted() -> None:
    edges, modules = planted_network(1000, 12_000, 6, seed=3)
    ids = pd.Series(sorted({*edges["gene_a"], *edges["gene_b"]}))
    network = build_network(ids, edges)
    assert network.n_nodes == 1000
    assert 9_000 < network.n_edges <= 12_000
    found = leiden.leiden(network.adjacency, 1, 1.0)[1]
    assert adjusted_rand_index(found, modules) > 0.7
    again, _ = planted_network(1000, 12_000, 6, seed=3)
    assert again.equals(edges)


def test_the_planted_profiles_are_found() -> None:
    matrix, profiles = planted_phenotypes(3000, 300, 4, seed=2)
    assert matrix.shape == (3000, 300)
    points = fit_mca(matrix, 8).coordinates
    found = consolidate(points, cut_tree(grow_tree(points), 4))
    assert adjusted_rand_index(found, profiles) > 0.9


def test_a_network_comes_back_from_its_file(tmp_path: Path) -> None:
    edges, _ = planted_network(300, 2_000, 3, seed=1)
    network = build_network(pd.Series([f"n{n:08d}" for n in range(300)]), edges)
    upper = sparse.triu(network.adjacency, k=1).tocoo()
    table = pd.DataFrame({"a": upper.row, "b": upper.col, "w": upper.data})
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "one.tsv", sep="\t", index=False)
    again = read_network(tmp_path / "one.tsv")
    assert (again.adjacency != network.adjacency).nnz == 0


def test_changes_count_only_clusters_that_they_do_not_touch() -> None:
    drops = drop_entities(phenotype_input(), 1, 3)
    assert drops.n_warm == 3
    assert drops.survived == (1.0, 1.0, 1.0)
    assert max(drops.losses) <= 0.01
    everywhere = drop_entities(phenotype_input(), 2 * PROFILE_SIZE, 1)
    assert everywhere.survived == ()  # every cluster lost a member
    assert np.isfinite(everywhere.losses).all()
