from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest

from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.params import FunctionalParams
from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.models import Clustering
from cluster_assets.errors import ClusterAssetsError
from support.clustering_inputs import MODULE_SIZE, N_MODULES, functional_input, gene, shuffled
from support.other_process import hashes_in_another_process

PLANTED = [
    {gene(module * MODULE_SIZE + i) for i in range(MODULE_SIZE)} for module in range(N_MODULES)
]


def member_sets(result: Clustering) -> list[set[str]]:
    return [{member.id for member in cluster.members} for cluster in result.clusters]


@pytest.fixture(scope="module")
def result() -> Clustering:
    return cluster_genes(functional_input())


def test_planted_modules_are_found_and_named_by_their_terms(result: Clustering) -> None:
    assert sorted(map(sorted, member_sets(result))) == sorted(map(sorted, PLANTED))
    assert len({cluster.name for cluster in result.clusters}) == N_MODULES
    assert all(cluster.name.endswith("(25 genes)") for cluster in result.clusters)
    for cluster in result.clusters:
        best = cluster.packet.rows[0]
        module = PLANTED.index({member.id for member in cluster.members})
        assert int(best.term_id[-7:]) % N_MODULES == module
        assert best.id == "E01"
        assert (best.k, best.n) == (len(best.genes), MODULE_SIZE)
        assert best.fdr is not None
        assert best.p <= best.fdr <= 0.05


def test_each_hash_is_the_hash_of_its_members(result: Clustering) -> None:
    for cluster in result.clusters:
        members = [member.id for member in cluster.members]
        assert cluster.cluster_hash == cluster_hash("functional", members, "HGNC")
        assert cluster.packet.cluster_hash == cluster.cluster_hash


def test_isolates_and_small_clusters_are_listed_and_counted(result: Clustering) -> None:
    left_over = {gene(N_MODULES * MODULE_SIZE + i) for i in range(5)}
    assert {member.id for member in result.unclustered} == left_over
    assert result.n_members == N_MODULES * MODULE_SIZE + 5
    assert result.quality["n_isolates"] == 2
    assert result.quality["n_small_clusters"] == 1
    assert result.quality["n_in_small_clusters"] == 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_row_order_changes_nothing(result: Clustering, seed: int) -> None:
    assert cluster_genes(shuffled(functional_input(), seed)) == result


@pytest.mark.parametrize(("hash_seed", "threads"), [("1", "1"), ("2", "2")])
def test_another_process_gives_the_same(result: Clustering, hash_seed: str, threads: str) -> None:
    found = hashes_in_another_process(
        "cluster_assets.core.clustering.genes.functional:cluster_genes",
        "functional_input",
        hash_seed,
        threads,
    )
    hashes = [cluster.cluster_hash for cluster in result.clusters]
    assert found == [result.clustering_id, *hashes]


def test_nothing_large_enough_gives_a_clustering_without_clusters() -> None:
    result = cluster_genes(functional_input(), FunctionalParams(min_size=1000))
    assert result.clusters == ()
    assert len(result.unclustered) == result.n_members


def test_interactions_that_cannot_count_are_set_aside_and_told() -> None:
    inp = functional_input()
    extra = pd.DataFrame(
        {"gene_a": [gene(0), gene(0)], "gene_b": ["HGNC:999", gene(0)], "weight": 1.0}
    )
    result = cluster_genes(replace(inp, interactions=pd.concat([inp.interactions, extra])))
    told = "\n".join(result.notes)
    assert "1 interactions with a gene outside" in told
    assert "1 interactions of a gene with itself" in told


def test_a_gene_without_symbol_and_a_term_without_label_are_called_by_their_ids() -> None:
    inp = functional_input()
    genes = inp.genes.assign(symbol=inp.genes["symbol"].where(inp.genes["gene_id"] != gene(0)))
    result = cluster_genes(replace(inp, genes=genes, terms=inp.terms.iloc[:0]))
    labels = {member.id: member.label for cluster in result.clusters for member in cluster.members}
    assert labels[gene(0)] == gene(0)
    assert result.clusters[0].packet.rows[0].label.startswith("GO:")


@dataclass(frozen=True)
class Bad:
    name: str
    code: str
    changes: dict[str, object]


GENES = functional_input().genes
EDGES = functional_input().interactions
ANNOTATIONS = functional_input().annotations
TERMS = functional_input().terms
BAD = [
    Bad("no gene ids", "CA-230", {"genes": GENES[["symbol"]]}),
    Bad("no genes", "CA-230", {"genes": GENES.iloc[:0]}),
    Bad("no interactions", "CA-230", {"interactions": EDGES.iloc[:0]}),
    Bad("no weights", "CA-230", {"interactions": EDGES[["gene_a", "gene_b"]]}),
    Bad("repeated gene", "CA-231", {"genes": pd.concat([GENES, GENES.iloc[:1]])}),
    Bad("missing gene", "CA-231", {"genes": pd.concat([GENES, pd.DataFrame({"gene_id": [None]})])}),
    Bad("missing end", "CA-231", {"interactions": EDGES.assign(gene_a=None)}),
    Bad("missing term", "CA-231", {"annotations": ANNOTATIONS.assign(term_id=None)}),
    Bad("repeated term", "CA-231", {"terms": pd.concat([TERMS, TERMS.iloc[:1]])}),
    Bad("lower case", "CA-232", {"genes": GENES.assign(gene_id=GENES["gene_id"].str.lower())}),
    Bad("other namespace", "CA-232", {"namespace": "NCBIGene"}),
    Bad("numbers as ids", "CA-235", {"genes": GENES.assign(gene_id=range(len(GENES)))}),
    Bad("zero weight", "CA-233", {"interactions": EDGES.assign(weight=0.0)}),
    Bad("infinite weight", "CA-233", {"interactions": EDGES.assign(weight=float("inf"))}),
    Bad("words as weights", "CA-233", {"interactions": EDGES.assign(weight="strong")}),
    Bad("no pair inside", "CA-301", {"interactions": EDGES.assign(gene_b="HGNC:999")}),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_input_is_refused(case: Bad) -> None:
    with pytest.raises(ClusterAssetsError) as caught:
        cluster_genes(replace(functional_input(), **case.changes))
    assert caught.value.code == case.code


@pytest.mark.parametrize(
    "wrong", [{"resolution": 0}, {"min_size": 0}, {"n_runs": 0}, {"n_best": 0}]
)
def test_parameters_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ClusterAssetsError) as caught:
        FunctionalParams(**wrong)
    assert caught.value.code == "CA-300"
