"""Synthetic data at the scale that the methods must bear, with a structure that can be found."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from scipy import sparse

from cluster_assets.core.clustering.arrays import Labels, Sparse

KEPT_INSIDE = 0.4  # share of the edges that are drawn within a module


def planted_network(
    n_nodes: int, n_edges: int, n_modules: int, seed: int
) -> tuple[pd.DataFrame, Labels]:
    """Return a weighted network with modules, degrees as uneven as those of real ones.

    Args:
        n_nodes: nodes, all of which have an edge.
        n_edges: edges drawn; a tenth of them come out twice.
        n_modules: modules of uneven size.
        seed: of everything.

    Returns:
        `gene_a`, `gene_b`, `weight`, and the module of each node in the order of the ids.
    """
    rng = np.random.default_rng(seed)
    module = rng.choice(n_modules, n_nodes, p=rng.dirichlet(np.full(n_modules, 4.0)))
    pull = rng.pareto(2.5, n_nodes) + 0.5
    low = np.r_[np.arange(n_nodes), rng.choice(n_nodes, n_edges - n_nodes, p=pull / pull.sum())]
    high = rng.choice(n_nodes, n_edges, p=pull / pull.sum())
    inside = rng.random(n_edges) < KEPT_INSIDE
    for number in range(n_modules):
        members, places = np.flatnonzero(module == number), inside & (module[low] == number)
        if len(members):
            odds = pull[members] / pull[members].sum()
            high[places] = rng.choice(members, int(places.sum()), p=odds)
    high = np.where(high == low, (high + 1) % n_nodes, high)
    ids = np.array([f"n{number:08d}" for number in range(n_nodes)], dtype=object)
    edges = pd.DataFrame(
        {"gene_a": ids[low], "gene_b": ids[high], "weight": rng.uniform(0.4, 1.0, n_edges).round(3)}
    )
    return edges, module.astype(np.int64)


def planted_phenotypes(
    n_entities: int, n_terms: int, n_profiles: int, seed: int
) -> tuple[Sparse, Labels]:
    """Return entities of several profiles, each with a tenth of the terms more common than else.

    Returns:
        n_entities x n_terms, 1 where a term is recorded, and the profile of each entity.
    """
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.05, 0.2, n_terms)
    raised = rng.random((n_profiles, n_terms)) < 0.1
    odds = np.where(raised, np.minimum(base + 0.35, 0.9), base)
    profile = rng.integers(n_profiles, size=n_entities)
    blocks = [
        sparse.csr_array(
            (rng.random((len(part), n_terms), dtype=np.float32) < odds[part]).astype(np.float32)
        )
        for part in np.array_split(profile, max(1, n_entities // 5000))
    ]
    matrix = sparse.csr_array(sparse.vstack(blocks))
    matrix.sort_indices()
    return cast("Sparse", matrix), profile.astype(np.int64)
