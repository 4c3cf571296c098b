from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cluster_assets.core.clustering.continuity import (
    UNKNOWN,
    continue_communities,
    continue_entities,
    published_labels,
)
from cluster_assets.core.clustering.entities import grouping
from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.genes.graph import build_network
from cluster_assets.core.clustering.params import PhenotypeParams
from cluster_assets.core.clustering.partitions import by_size
from cluster_assets.core.models import Clustering, FunctionalInput, PhenotypeInput, Predecessor
from support.clustering_inputs import MODULE_SIZE, functional_input, gene, phenotype_input

# noise alone splits a dozen off a profile of 60; that is not what these tests are about
FEW = PhenotypeParams(n_draws=10, min_size=30)


def published(result: Clustering) -> Predecessor:
    return Predecessor(
        result.clustering_id,
        {c.cluster_hash: frozenset(member.id for member in c.members) for c in result.clusters},
    )


def hashes(result: Clustering) -> set[str]:
    return {cluster.cluster_hash for cluster in result.clusters}


def without_genes(inp: FunctionalInput, gone: set[str]) -> FunctionalInput:
    return replace(inp, genes=inp.genes[~inp.genes["gene_id"].isin(gone)])


def without_entities(inp: PhenotypeInput, gone: set[str]) -> PhenotypeInput:
    return replace(
        inp,
        entities=inp.entities[~inp.entities["entity_id"].isin(gone)],
        phenotypes=inp.phenotypes[~inp.phenotypes["entity_id"].isin(gone)],
    )


@pytest.fixture(scope="module")
def genes() -> Clustering:
    return cluster_genes(functional_input())


@pytest.fixture(scope="module")
def entities() -> Clustering:
    return cluster_entities(phenotype_input(), FEW)


def test_one_gene_less_changes_one_cluster(genes: Clustering) -> None:
    result = cluster_genes(
        without_genes(functional_input(), {gene(3)}), predecessor=published(genes)
    )
    assert result.started_from == genes.clustering_id
    assert len(hashes(result) & hashes(genes)) == len(genes.clusters) - 1
    assert result.quality["continuity_loss"] <= 0.01
    changes = sorted(cluster.lineage.change for cluster in result.clusters)
    assert changes == ["shrunk", "unchanged", "unchanged", "unchanged"]


def test_one_entity_less_changes_one_cluster(entities: Clustering) -> None:
    first = entities.clusters[0].members[0].id
    result = cluster_entities(
        without_entities(phenotype_input(), {first}), FEW, predecessor=published(entities)
    )
    assert result.started_from == entities.clustering_id
    assert len(hashes(result) & hashes(entities)) == len(entities.clusters) - 1
    assert result.quality["continuity_loss"] <= 0.01


def test_the_same_input_again_changes_nothing(genes: Clustering, entities: Clustering) -> None:
    again = cluster_genes(functional_input(), predecessor=published(genes))
    assert hashes(again) == hashes(genes)
    assert {cluster.lineage.change for cluster in again.clusters} == {"unchanged"}
    once_more = cluster_entities(phenotype_input(), FEW, predecessor=published(entities))
    assert hashes(once_more) == hashes(entities)


def test_a_new_gene_joins_the_cluster_it_interacts_with(genes: Clustering) -> None:
    inp = functional_input()
    new = pd.DataFrame({"gene_id": ["HGNC:500"], "symbol": ["NEW"]})
    ties = pd.DataFrame(
        {"gene_a": "HGNC:500", "gene_b": [gene(i) for i in range(8)], "weight": 1.0}
    )
    result = cluster_genes(
        replace(
            inp,
            genes=pd.concat([inp.genes, new]),
            interactions=pd.concat([inp.interactions, ties]),
        ),
        predecessor=published(genes),
    )
    (home,) = [c for c in result.clusters if "HGNC:500" in {member.id for member in c.members}]
    assert {gene(i) for i in range(MODULE_SIZE)} < {member.id for member in home.members}
    assert (home.lineage.change, home.lineage.n_gained) == ("grown", 1)


def test_a_published_clustering_that_costs_too_much_is_given_up(
    genes: Clustering, entities: Clustering
) -> None:
    double = 2 * MODULE_SIZE  # two modules in one: no single gene gains by leaving
    ids = [gene(i) for i in range(2 * double)]
    bad = Predecessor("bad", {"x": frozenset(ids[:double]), "y": frozenset(ids[double:])})
    result = cluster_genes(functional_input(), predecessor=bad)
    assert result.started_from is None
    assert hashes(result) == hashes(genes)
    assert result.quality["continuity_loss"] > 0.01
    assert any("started afresh" in note for note in result.notes)

    keys = sorted(phenotype_input().entities["entity_id"])
    rng = np.random.default_rng(0)
    rng.shuffle(keys)
    coarse = Predecessor("bad", {"x": frozenset(keys[:90]), "y": frozenset(keys[90:])})
    afresh = cluster_entities(phenotype_input(), FEW, predecessor=coarse)
    assert afresh.started_from is None
    assert hashes(afresh) == hashes(entities)


def test_a_predecessor_of_other_members_is_as_good_as_none(genes: Clustering) -> None:
    stranger = Predecessor("stranger", {"x": frozenset({"HGNC:7000"})})
    result = cluster_genes(functional_input(), predecessor=stranger)
    assert result.started_from is None
    assert "continuity_loss" not in result.quality
    assert hashes(result) == hashes(genes)
    other = cluster_entities(phenotype_input(), FEW, predecessor=stranger)
    assert other.started_from is None


def line(*edges: tuple[int, int, float]):
    frame = pd.DataFrame(
        [(f"g{a}", f"g{b}", w) for a, b, w in edges], columns=["gene_a", "gene_b", "weight"]
    )
    genes = pd.Series(sorted({*frame["gene_a"], *frame["gene_b"]}))
    return build_network(genes, frame).adjacency


TRIANGLES = ((0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0))
FRESH = np.array([0, 0, 0, 1, 1, 1])


def test_a_member_stays_while_a_move_gains_little_and_goes_when_it_gains_much() -> None:
    for weight, expected in ((1.0, [0, 0, 0, 1, 1, 1]), (6.0, [0, 0, 1, 1, 1, 1])):
        adjacency = line(*TRIANGLES, (2, 3, weight), (2, 4, weight))
        warm = continue_communities(adjacency, np.array([0, 0, 0, 1, 1, 1]), FRESH, 1.0)
        groups = {
            frozenset(np.flatnonzero(warm.labels == label)) for label in np.unique(warm.labels)
        }
        wanted = np.array(expected)
        assert groups == {frozenset(np.flatnonzero(wanted == label)) for label in (0, 1)}, weight


def test_a_cluster_that_fell_apart_keeps_only_its_largest_part() -> None:
    adjacency = line(*TRIANGLES, (6, 7, 1.0), (7, 8, 1.0), (8, 9, 1.0), (6, 8, 1.0), (6, 9, 1.0))
    labels = np.array([0, 0, 0, 1, 1, 1, 0, 0, 0, 0])
    warm = continue_communities(adjacency, labels, by_size(labels), 1.0)
    assert len(set(warm.labels[6:])) == 1
    assert warm.labels[0] != warm.labels[6]


def test_unknown_members_move_freely() -> None:
    adjacency = line(*TRIANGLES, (2, 3, 0.5), (0, 6, 1.0))
    warm = continue_communities(
        adjacency, np.array([0, 0, 0, 1, 1, 1, UNKNOWN]), np.array([0, 0, 0, 1, 1, 1, 2]), 1.0
    )
    assert warm.labels[6] == warm.labels[0]
    assert warm.labels[3] != warm.labels[0]


def test_an_entity_between_two_centres_stays_where_it_is() -> None:
    points = np.array([[0.0], [0.1], [2.05], [4.0], [4.1], [4.05]])
    fresh, weights = np.array([1, 1, 0, 0, 0, 0]), np.ones(6, dtype=np.int64)
    for home in (0, 1):
        labels = np.array([0, 0, home, 1, 1, 1])
        warm = continue_entities(points, labels, fresh, weights)
        assert len(np.unique(warm.labels)) == 2
        assert warm.labels[2] == warm.labels[0 if home == 0 else 3]
    far = continue_entities(points, np.array([0, 0, 0, 0, 1, 1]), fresh, weights)
    assert far.labels[3] == far.labels[4]


def test_published_labels_follow_the_sorted_hashes() -> None:
    clusters = {"b": frozenset({"x"}), "a": frozenset({"y"})}
    assert list(published_labels(np.array(["x", "y", "z"], dtype=object), clusters)) == [
        1,
        0,
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("warm", "fresh", "loss", "stays"),
    [
        ([0.80, 0.76], [0.80, 0.76], 0.0, True),
        ([0.80, 0.67], [0.80, 0.76], 0.0, True),  # within the play around the bar
        ([0.80, 0.60], [0.80, 0.76], 0.0, False),  # fell apart
        ([0.50, 0.40], [0.50, 0.42], 0.0, True),  # never was stable, still is not
        ([0.80, 0.76], [0.80, 0.84, 0.84], 0.0, True),  # more clusters, but only just
        ([0.80, 0.76], [0.90, 0.90, 0.86], 0.0, False),  # clearly more
        ([0.80, 0.76], [0.80, 0.76], 0.02, False),  # costs too much
    ],
)
def test_when_published_clusters_of_entities_stay(
    warm: list[float], fresh: list[float], loss: float, stays: bool
) -> None:
    start = grouping.WarmStart(np.zeros(2, dtype=np.int64), loss)
    assert grouping._may_stay(start, np.array(warm), np.array(fresh), 0.75) is stays
