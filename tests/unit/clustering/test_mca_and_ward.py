from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from cluster_assets.core.clustering.entities import ward
from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.ward import (
    consolidate,
    cut_tree,
    gather_cells,
    grow_tree,
    weighted_ward,
    within_inertia,
)
from cluster_assets.core.clustering.partitions import adjusted_rand_index, best_jaccard, by_size


def presence(n: int = 300, q: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((n, q)) < rng.uniform(0.1, 0.9, q)).astype(float)


def blobs(n_each: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])
    points = np.concatenate([rng.normal(centre, 1.0, (n_each, 2)) for centre in centres])
    return points, np.repeat([0, 1, 2], n_each)


def test_mca_is_that_of_the_indicator_matrix() -> None:
    x = presence()
    n, q = x.shape
    indicator = np.stack([x, 1 - x], axis=2).reshape(n, 2 * q)
    masses = indicator.sum(axis=0) / (n * q)
    centred = (indicator / (n * q) - np.outer(np.full(n, 1 / n), masses)) / np.sqrt(masses / n)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    factors = fit_mca(sparse.csr_array(x), 5)
    assert factors.eigenvalues == pytest.approx(s[:5] ** 2, abs=1e-12)
    theirs = u[:, :5] * s[:5] * np.sqrt(n)
    assert np.abs(np.abs(factors.coordinates) - np.abs(theirs)).max() < 1e-10


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = sparse.csr_array(presence())
    whole = fit_mca(x, 4)
    monkeypatch.setattr("cluster_assets.core.clustering.entities.mca._BLOCK", 7)
    assert np.array_equal(fit_mca(x, 4).coordinates, whole.coordinates)


def test_a_term_that_never_varies_carries_nothing() -> None:
    x = presence()
    constant = np.column_stack([x, np.zeros(len(x)), np.ones(len(x))])
    with_them = fit_mca(sparse.csr_array(constant), 3)
    assert np.isfinite(with_them.coordinates).all()
    ratio = np.sqrt(constant.shape[1] / x.shape[1])
    alone = fit_mca(sparse.csr_array(x), 3)
    assert np.abs(with_them.coordinates * ratio) == pytest.approx(np.abs(alone.coordinates))


@pytest.mark.parametrize("number", [1, 2, 3, 7, 20])
def test_cuts_are_those_of_scipy(number: int) -> None:
    points, _ = blobs()
    expected = fcluster(linkage(points, "ward"), number, "maxclust")
    assert adjusted_rand_index(cut_tree(grow_tree(points), number), by_size(expected)) == 1.0


def test_more_clusters_than_points_gives_every_point_its_own() -> None:
    assert sorted(cut_tree(grow_tree(np.array([[0.0], [1.0], [5.0]])), 9)) == [0, 1, 2]


def test_consolidation_ends_where_no_point_is_nearer_to_another_centre() -> None:
    points = np.random.default_rng(1).normal(size=(500, 3))
    start = cut_tree(grow_tree(points), 6)
    labels = consolidate(points, start)
    assert within_inertia(points, labels) < within_inertia(points, start)
    centres = np.array([points[labels == label].mean(axis=0) for label in range(6)])
    distances = ((points[:, None] - centres) ** 2).sum(axis=2)
    assert np.array_equal(distances.argmin(axis=1), labels)
    assert list(np.bincount(labels)) == sorted(np.bincount(labels), reverse=True)


def test_weighted_tree_is_that_of_points_that_come_several_times() -> None:
    rng = np.random.default_rng(2)
    centres, sizes = rng.normal(size=(30, 3)), rng.integers(1, 6, 30)
    merges, heights = weighted_ward(centres, sizes)
    full = linkage(np.repeat(centres, sizes, axis=0), "ward")
    assert heights == pytest.approx(full[-29:, 2])
    tree = ward.Tree(merges, heights, np.repeat(np.arange(30), sizes), sizes)
    expected = by_size(fcluster(full, 5, "maxclust"))
    assert adjusted_rand_index(cut_tree(tree, 5), expected) == 1.0


def test_beyond_the_limit_cells_stand_for_points(monkeypatch: pytest.MonkeyPatch) -> None:
    points, truth = blobs(200)
    monkeypatch.setattr(ward, "MAX_TREE", 100)
    monkeypatch.setattr(ward, "N_CELLS", 50)
    tree = grow_tree(points)
    assert len(tree.merges) == 49
    labels = consolidate(points, cut_tree(tree, 3))
    assert adjusted_rand_index(labels, truth) > 0.99


def test_copies_of_a_point_share_a_cell() -> None:
    points = np.repeat(np.array([[0.0, 0.0], [1.0, 1.0]]), 50, axis=0)
    cell = gather_cells(points, 10)
    assert len(np.unique(cell)) == 2
    assert len(np.unique(cell[:50])) == 1


def test_agreement_and_overlap() -> None:
    one, two = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    assert adjusted_rand_index(one, np.array([1, 1, 0, 0])) == 1.0
    assert adjusted_rand_index(one, two) == pytest.approx(4 / 7)
    assert list(best_jaccard(one, two)) == [1.0, 0.5]
    assert list(by_size(np.array([7, 3, 3, 9]))) == [1, 0, 0, 2]
