from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from cluster_assets.core.clustering import quality
from cluster_assets.core.clustering.entities.dip import dip_p_value, dip_statistic
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import build_network, modularity
from support.clustering_inputs import functional_input

INP = functional_input()
NETWORK = build_network(INP.genes["gene_id"], INP.interactions)


@pytest.fixture(scope="module")
def ensemble() -> leiden.Consensus:
    return leiden.consensus(NETWORK.adjacency, seed=1, n_runs=10, n_best=5, resolution=1.0)


def test_random_networks_have_less_modularity(ensemble: leiden.Consensus) -> None:
    null = quality.null_modularity(NETWORK, 5, 1, 1.0)
    assert len(null) == 5
    assert 0.1 < null.max() < modularity(NETWORK.adjacency, ensemble.labels) - 0.2


def test_planted_modules_come_back_from_part_of_the_genes(ensemble: leiden.Consensus) -> None:
    stability = quality.community_stability(
        NETWORK, ensemble.labels, n_draws=10, share=0.8, seed=1, resolution=1.0
    )
    assert stability[:4].min() > 0.85
    # labels by chance do not
    shuffled = np.random.default_rng(0).permutation(ensemble.labels)
    chance = quality.community_stability(
        NETWORK, shuffled, n_draws=10, share=0.8, seed=1, resolution=1.0
    )
    assert chance[:4].max() < 0.4


def test_ensembles_agree_on_planted_modules(ensemble: leiden.Consensus) -> None:
    found = quality.ensemble_agreement(NETWORK, ensemble.runs, seed=1, resolution=1.0)
    assert found > 0.95


def test_silhouette_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(3)
    points = rng.normal(size=(700, 4))
    labels = np.append(rng.integers(0, 3, 699), 3)  # and one cluster of a single point
    assert quality.silhouette(points, labels, 0) == pytest.approx(silhouette_score(points, labels))
    assert quality.silhouette(points, np.zeros(700, dtype=np.int64), 0) == 0.0


def unimodal_gap(values: np.ndarray) -> float:
    """The dip by definition: a linear programme over all unimodal distributions, mode by mode."""
    x = np.sort(values)
    n = len(x)
    upper = np.arange(1, n + 1) / n
    best = 1.0
    for mode in range(n):
        rows, bounds = [], []

        def need(terms: dict[int, float], bound: float, rows=rows, bounds=bounds) -> None:
            row = np.zeros(n + 2)
            row[list(terms)] = list(terms.values())
            rows.append(row)
            bounds.append(bound)

        gap, left_of_mode = n + 1, n  # a jump is allowed at the mode
        for i in range(n):
            below = left_of_mode if i == mode else i
            for value in {i, below}:
                need(
                    {value: 1, gap: -1}, upper[i] if value == i and i == mode else upper[i] - 1 / n
                )
                need({value: -1, gap: -1}, -(upper[i] - 1 / n) if value != i else -upper[i])
        need({left_of_mode: 1, mode: -1}, 0)
        left, right = [*range(mode), left_of_mode], list(range(mode, n))
        for chain, places, bend in ((left, x[: mode + 1], 1), (right, x[mode:], -1)):
            for a, b in pairwise(chain):
                need({a: 1, b: -1}, 0)
            for j in range(1, len(chain) - 1):
                one, two = places[j] - places[j - 1], places[j + 1] - places[j]
                a, b, c = chain[j - 1 : j + 2]
                need({a: -bend / one, b: bend / one + bend / two, c: -bend / two}, 0)
        goal = np.zeros(n + 2)
        goal[gap] = 1
        solved = linprog(goal, A_ub=np.array(rows), b_ub=bounds, bounds=(0, 1))
        best = min(best, solved.fun) if solved.status == 0 else best
    return best


@pytest.mark.parametrize("seed", range(6))
def test_dip_is_the_gap_to_the_nearest_unimodal_distribution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(0, 1, 5), rng.normal(4 * (seed % 3), 1, 5)])
    assert dip_statistic(values) == pytest.approx(unimodal_gap(values), abs=1e-8)


def test_dip_tells_two_groups_from_one() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=1000), np.append(rng.normal(size=500), rng.normal(5, 1, 500))
    assert dip_p_value(dip_statistic(one), 1000) > 0.1
    assert dip_p_value(dip_statistic(two), 1000) == pytest.approx(0.001)
    assert dip_statistic(np.ones(50)) == 0.0


def test_the_table_of_the_dip_is_that_of_uniform_samples() -> None:
    rng = np.random.default_rng(7)
    dips = [dip_statistic(rng.random(1000)) for _ in range(400)]
    chances = np.array([dip_p_value(dip, 1000) for dip in dips])
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert (chances < level).mean() == pytest.approx(level, abs=0.06)
