"""Clustering on real data: what it is held to, as far as it does not hang on a clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pytest

from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.communities import Communities, find_communities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.genes.graph import GeneNetwork, build_network
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.clustering.partitions import adjusted_rand_index
from cluster_assets.core.models import Clustering, FunctionalInput, PhenotypeInput, Predecessor
from cluster_assets_bench.real_data import (
    all_edges,
    diseases,
    functional_input,
    string_edges,
    sysndd_genes,
)

PARAMS = FunctionalParams()
BRIEF = PhenotypeParams(n_draws=5)


@pytest.fixture(scope="module")
def genes(shared_data: Path) -> pd.DataFrame:
    return sysndd_genes(shared_data / "ndd")


@pytest.fixture(scope="module")
def string(shared_data: Path) -> pd.DataFrame:
    return string_edges(shared_data / "ndd")


@pytest.fixture(scope="module")
def both(shared_data: Path) -> pd.DataFrame:
    return all_edges(shared_data / "ndd")


@pytest.fixture(scope="module")
def functional(shared_data: Path, genes: pd.DataFrame, both: pd.DataFrame) -> FunctionalInput:
    return functional_input(shared_data / "ndd", genes, both)


@pytest.fixture(scope="module")
def phenotypes() -> PhenotypeInput:
    return diseases("clinical")


def predecessor(network: GeneNetwork, found: Communities) -> Predecessor:
    groups = found.groups(network)
    return Predecessor("before", {str(i): frozenset(group) for i, group in enumerate(groups)})


def hashes(result: Clustering) -> dict[str, frozenset[str]]:
    return {c.cluster_hash: frozenset(m.id for m in c.members) for c in result.clusters}


@pytest.mark.real_data
@pytest.mark.parametrize(("network", "bar"), [("string", 0.97), ("both", 0.90)])
def test_independent_ensembles_agree(
    network: str, bar: float, genes: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    adjacency = build_network(genes["gene_id"], request.getfixturevalue(network)).adjacency
    found = [
        leiden.consensus(adjacency, seed=seed, n_runs=50, n_best=20, resolution=1.0).labels
        for seed in range(3)
    ]
    pairs = [(0, 1), (0, 2), (1, 2)]
    assert median(adjusted_rand_index(found[a], found[b]) for a, b in pairs) >= bar


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize(("n_gone", "bar"), [(1, 0.95), (10, 0.80)])
def test_hashes_survive_when_genes_go(
    n_gone: int, bar: float, genes: pd.DataFrame, both: pd.DataFrame
) -> None:
    network = build_network(genes["gene_id"], both)
    before = predecessor(network, find_communities(network, PARAMS, None))
    rng = np.random.default_rng(n_gone)
    survived = []
    for _ in range(5):
        gone = set(rng.choice(network.nodes, n_gone, replace=False))
        smaller = build_network(genes["gene_id"][~genes["gene_id"].isin(gone)], both)
        after = find_communities(smaller, PARAMS, before)
        assert after.is_warm
        assert after.loss is not None
        assert after.loss <= 0.01
        now = {frozenset(group) for group in after.groups(smaller)}
        untouched = [members for members in before.clusters.values() if not members & gone]
        survived.append(np.mean([members in now for members in untouched]))
    assert np.mean(survived) >= bar


@pytest.mark.real_data
@pytest.mark.slow
def test_row_order_does_not_matter_and_rows_are_what_they_claim(
    functional: FunctionalInput,
) -> None:
    quick = FunctionalParams(n_runs=10, n_best=5, n_draws=2, n_null=2)
    result = cluster_genes(functional, quick)
    turned = replace(
        functional,
        genes=functional.genes.iloc[::-1],
        interactions=functional.interactions.sample(frac=1, random_state=1),
        annotations=functional.annotations.sample(frac=1, random_state=2),
    )
    assert cluster_genes(turned, quick) == result
    of_term = functional.annotations.groupby("term_id")["gene_id"].agg(frozenset)
    for cluster in result.clusters[::5]:
        members = {member.id for member in cluster.members}
        for row in cluster.packet.rows[::7]:
            assert row.k == len(row.genes) == len(members & of_term[row.term_id])
            assert row.n == len(members)
            assert row.fdr is not None
            assert row.fdr <= 0.05


@pytest.mark.slow
def test_hashes_survive_when_an_entity_goes(phenotypes: PhenotypeInput) -> None:
    base = cluster_entities(phenotypes, BRIEF)
    before = Predecessor(base.clustering_id, hashes(base))
    rng = np.random.default_rng(0)
    for entity in rng.choice(sorted(phenotypes.entities["entity_id"]), 3, replace=False):
        smaller = replace(
            phenotypes,
            entities=phenotypes.entities[phenotypes.entities["entity_id"] != entity],
            phenotypes=phenotypes.phenotypes[phenotypes.phenotypes["entity_id"] != entity],
        )
        after = cluster_entities(smaller, BRIEF, before)
        assert after.started_from == base.clustering_id
        assert after.quality["continuity_loss"] <= 0.01
        untouched = {key for key, members in hashes(base).items() if entity not in members}
        assert len(untouched & set(hashes(after))) >= 0.95 * len(untouched)
