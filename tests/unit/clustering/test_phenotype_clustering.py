from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from cluster_assets.core.clustering.entities.phenotype import CAVEAT, cluster_entities
from cluster_assets.core.clustering.params import PhenotypeParams
from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.models import Clustering
from cluster_assets.errors import ClusterAssetsError
from support.clustering_inputs import (
    N_PROFILES,
    PROFILE_SIZE,
    TERMS_PER_PROFILE,
    phenotype_input,
    shuffled,
)
from support.other_process import hashes_in_another_process

FEW = PhenotypeParams(n_draws=10)


@pytest.fixture(scope="module")
def result() -> Clustering:
    return cluster_entities(phenotype_input())


def test_planted_profiles_are_found(result: Clustering) -> None:
    ids = phenotype_input().entities["entity_id"].tolist()
    planted = [set(ids[i * PROFILE_SIZE : (i + 1) * PROFILE_SIZE]) for i in range(N_PROFILES)]
    found = [{member.id for member in cluster.members} for cluster in result.clusters]
    assert len(found) == N_PROFILES
    for profile in planted:
        assert max(len(profile & cluster) / len(profile | cluster) for cluster in found) > 0.95
    assert min(cluster.stats["stability"] for cluster in result.clusters) > 0.9
    assert result.unclustered == ()
    assert CAVEAT in result.notes


def test_each_hash_is_the_hash_of_its_members(result: Clustering) -> None:
    for cluster in result.clusters:
        members = [member.id for member in cluster.members]
        assert cluster.cluster_hash == cluster_hash("phenotype", members, "entity")


def test_rows_are_finite_ordered_and_never_mirrored(result: Clustering) -> None:
    for cluster in result.clusters:
        rows = [row for row in cluster.packet.rows if row.kind == "term"]
        over = [row for row in rows if row.direction == "over"]
        under = [row for row in rows if row.direction == "under"]
        assert rows == over + under
        assert len(over) == TERMS_PER_PROFILE
        assert {row.term_id for row in over}.isdisjoint(row.term_id for row in under)
        for side, sign in ((over, 1), (under, -1)):
            values = [sign * (row.v or 0) for row in side]
            assert values == sorted(values, reverse=True)
            assert all(value > 2 and math.isfinite(value) for value in values)


def test_inheritance_and_counts_are_supplementary_rows(result: Clustering) -> None:
    found = []
    for cluster in result.clusters:
        rows = [row for row in cluster.packet.rows if row.kind == "inheritance"]
        found += [row.term_id for row in rows if row.direction == "over"]
        assert all(
            row.term_id not in {"HP:0000006", "HP:0000007"}
            for row in cluster.packet.rows
            if row.kind == "term"
        )
    assert sorted(found) == ["HP:0000006", "HP:0000007"]


def test_root_and_rare_terms_are_not_active(result: Clustering) -> None:
    used = {row.term_id for cluster in result.clusters for row in cluster.packet.rows}
    assert used.isdisjoint({"HP:0000118", "HP:0009999"})
    assert result.quality["n_active_terms"] == N_PROFILES * TERMS_PER_PROFILE


@pytest.mark.parametrize("seed", [1, 2])
def test_row_order_changes_nothing(seed: int) -> None:
    straight = cluster_entities(phenotype_input(), FEW)
    assert cluster_entities(shuffled(phenotype_input(), seed), FEW) == straight


@pytest.mark.parametrize(("hash_seed", "threads"), [("1", "1"), ("2", "2")])
def test_another_process_gives_the_same(result: Clustering, hash_seed: str, threads: str) -> None:
    found = hashes_in_another_process(
        "cluster_assets.core.clustering.entities.phenotype:cluster_entities",
        "phenotype_input",
        hash_seed,
        threads,
    )
    hashes = [cluster.cluster_hash for cluster in result.clusters]
    assert found == [result.clustering_id, *hashes]


def test_only_the_given_terms_are_clustered_on() -> None:
    wanted = tuple(f"HP:{1000 + term:07d}" for term in range(12))
    result = cluster_entities(replace(phenotype_input(), term_ids=wanted), FEW)
    assert result.quality["n_active_terms"] == 12


def test_data_without_structure_falls_back_to_the_smallest_number_and_says_so() -> None:
    inp = phenotype_input()
    recorded = inp.phenotypes.copy()
    order = recorded["term_id"].sample(frac=1, random_state=1).to_numpy()
    noise = recorded.assign(term_id=order).drop_duplicates()
    result = cluster_entities(replace(inp, phenotypes=noise), replace(FEW, min_stability=0.99))
    assert len(result.clusters) == 3
    assert result.quality["min_stability"] < 0.99
    assert any("do not reach a stability of 0.99" in note for note in result.notes)


@dataclass(frozen=True)
class Bad:
    name: str
    code: str
    changes: dict[str, object]


ENTITIES = phenotype_input().entities
RECORDED = phenotype_input().phenotypes
FEW_IDS = set(ENTITIES["entity_id"][:3])
BAD = [
    Bad("no entities", "CA-230", {"entities": ENTITIES.iloc[:0]}),
    Bad("no terms recorded", "CA-230", {"phenotypes": RECORDED.iloc[:0]}),
    Bad("no inheritance", "CA-230", {"entities": ENTITIES.drop(columns="inheritance_id")}),
    Bad("repeated entity", "CA-231", {"entities": pd.concat([ENTITIES, ENTITIES.iloc[:1]])}),
    Bad("missing term", "CA-231", {"phenotypes": RECORDED.assign(term_id=None)}),
    Bad("row numbers as ids", "CA-235", {"entities": ENTITIES.assign(entity_id=range(180))}),
    Bad("unknown entity", "CA-234", {"entities": ENTITIES.iloc[1:]}),
    Bad("one term", "CA-311", {"term_ids": ("HP:0001000",)}),
    Bad("only the root", "CA-311", {"phenotypes": RECORDED[RECORDED["term_id"] == "HP:0000118"]}),
    Bad(
        "three entities",
        "CA-312",
        {
            "entities": ENTITIES.iloc[:3],
            "phenotypes": RECORDED[RECORDED["entity_id"].isin(FEW_IDS)],
        },
    ),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_input_is_refused(case: Bad) -> None:
    with pytest.raises(ClusterAssetsError) as caught:
        cluster_entities(replace(phenotype_input(), **case.changes), FEW)
    assert caught.value.code == case.code


@pytest.mark.parametrize(
    "wrong", [{"k_min": 0}, {"k_max": 2}, {"share": 1.0}, {"min_prevalence": 0}]
)
def test_parameters_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ClusterAssetsError) as caught:
        PhenotypeParams(**wrong)
    assert caught.value.code == "CA-300"
