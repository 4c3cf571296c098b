"""Hashes and clusterings are the same in a process with another hash seed and other threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.models import Clustering
from support.clustering_inputs import functional_input, phenotype_input

TESTS = Path(__file__).resolve().parents[2]


def words_of(script: str, hash_seed: str, threads: str = "1") -> list[str]:
    """Return what a script prints in a fresh interpreter."""
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONPATH": str(TESTS),
    }
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def ids_of(found: Clustering) -> list[str]:
    return [found.clustering_id, *(cluster.cluster_hash for cluster in found.clusters)]


@pytest.mark.parametrize(("hash_seed", "threads"), [("1", "1"), ("2", "2")])
def test_another_process_clusters_the_same(hash_seed: str, threads: str) -> None:
    script = (
        "from support.clustering_inputs import functional_input, phenotype_input, shuffled\n"
        "from cluster_assets.core.clustering.entities.phenotype import cluster_entities\n"
        "from cluster_assets.core.clustering.genes.functional import cluster_genes\n"
        "for found in (cluster_genes(shuffled(functional_input(), 9)),\n"
        "              cluster_entities(shuffled(phenotype_input(), 9))):\n"
        "    print(found.clustering_id, *(c.cluster_hash for c in found.clusters))"
    )
    here = [cluster_genes(functional_input()), cluster_entities(phenotype_input())]
    assert words_of(script, hash_seed, threads) == [
        word for found in here for word in ids_of(found)
    ]


def test_a_hash_does_not_depend_on_the_order_of_a_set() -> None:
    script = (
        "from cluster_assets.core.identity import cluster_hash\n"
        "print(cluster_hash('functional', {f'HGNC:{n}' for n in range(1, 200)}, 'HGNC'))"
    )
    here = cluster_hash("functional", [f"HGNC:{n}" for n in range(1, 200)], "HGNC")
    assert words_of(script, "1") == words_of(script, "2") == [here]
