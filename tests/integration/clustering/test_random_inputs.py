"""Random small data: connected clusters, equal profiles in one cluster, or one message."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.models import FunctionalInput, Predecessor
from cluster_assets.errors import ClusterAssetsError
from support.degenerate import (
    check_connected,
    clusters_of_profiles,
    network,
    profile_table,
    published,
)

QUICK, SLOW = range(25), pytest.param(range(25, 500), marks=pytest.mark.slow)


def random_network(seed: int) -> FunctionalInput:
    rng = np.random.default_rng(seed)
    n_genes = int(rng.integers(2, 40))
    n_edges = int(rng.integers(1, 2 * n_genes))
    hubs = int(rng.integers(1, n_genes + 1))  # few of them make stars
    weights = 10.0 ** rng.integers(-9, 10, n_edges) if rng.random() < 0.3 else np.ones(n_edges)
    ends = zip(rng.integers(0, hubs, n_edges), rng.integers(0, n_genes, n_edges), strict=True)
    edges = [(int(a), int(b), float(w)) for (a, b), w in zip(ends, weights, strict=True)]
    return network(edges, n_genes)


@pytest.mark.parametrize("seeds", [QUICK, SLOW], ids=["some", "many"])
def test_random_networks_get_connected_clusters_or_one_message(seeds: Iterable[int]) -> None:
    done, refused = 0, set()
    for seed in seeds:
        inp = random_network(seed)
        params = FunctionalParams(min_size=1 + seed % 5, subclusters=seed % 2 == 0)
        try:
            result = cluster_genes(inp, params)
        except ClusterAssetsError as error:
            refused.add(error.code)
            continue
        check_connected(inp, result)
        check_connected(inp, cluster_genes(inp, params, published(result)))
        done += 1
    assert done > 0.9 * len(list(seeds))
    assert refused <= {"CA-301"}


def random_table(seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    n_terms = int(rng.integers(1, 12))
    profiles = rng.random((int(rng.integers(1, 8)), n_terms)) < rng.choice([0.1, 0.5, 0.9])
    shares = rng.dirichlet(np.full(len(profiles), rng.choice([0.2, 1, 5])))
    table = profiles[rng.choice(len(profiles), int(rng.integers(1, 150)), p=shares)]
    noise = 0.1 if rng.random() < 0.3 else 0.0
    return table ^ (rng.random(table.shape) < noise)


@pytest.mark.parametrize("seeds", [QUICK, SLOW], ids=["some", "many"])
def test_random_tables_keep_equal_profiles_together_or_give_one_message(
    seeds: Iterable[int],
) -> None:
    done, refused = 0, set()
    for seed in seeds:
        inp = profile_table(random_table(seed))
        params = PhenotypeParams(n_draws=5, min_size=1 + 9 * (seed % 2))
        ids = inp.entities["entity_id"].to_numpy()
        lots = np.random.default_rng(seed).integers(0, 4, len(ids))
        parted = Predecessor("x", {f"{k}": frozenset(ids[lots == k]) for k in np.unique(lots)})
        for before in (None, parted):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    result = cluster_entities(inp, params, before)
            except ClusterAssetsError as error:
                refused.add(error.code)
                continue
            assert all(len(places) == 1 for places in clusters_of_profiles(inp, result)), seed
            done += 1
    assert done > len(list(seeds))
    assert refused <= {"CA-230", "CA-311", "CA-312"}
