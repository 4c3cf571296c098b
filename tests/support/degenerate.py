"""Small inputs made of edges and profiles, and what holds for every clustering of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cluster_assets.core.clustering.genes.graph import build_network, component_labels
from cluster_assets.core.models import Clustering, FunctionalInput, PhenotypeInput, Predecessor
from support.clustering_inputs import gene

Edges = list[tuple[int, int, float]]


def network(edges: Edges, n_genes: int) -> FunctionalInput:
    ids = [gene(number) for number in range(n_genes)]
    return FunctionalInput(
        genes=pd.DataFrame({"gene_id": ids, "symbol": [f"G{number}" for number in range(n_genes)]}),
        interactions=pd.DataFrame(
            [(gene(a), gene(b), weight) for a, b, weight in edges],
            columns=["gene_a", "gene_b", "weight"],
        ),
        annotations=pd.DataFrame(
            {"gene_id": ids, "term_id": "GO:0000001", "source": "GO:BP"}, dtype=object
        ),
        terms=pd.DataFrame({"term_id": ["GO:0000001"], "label": ["process"]}),
        interaction_label="made-up interaction",
        namespace="HGNC",
        releases={},
    )


def profile_table(table: NDArray[np.bool_]) -> PhenotypeInput:
    """Return entities with the terms that each row of n_entities x n_terms marks."""
    ids = [f"{gene(number)}|OMIM:{100000 + number}|-" for number in range(len(table))]
    terms = [f"HP:{1000 + term:07d}" for term in range(table.shape[1])]
    rows, columns = np.nonzero(table)
    return PhenotypeInput(
        entities=pd.DataFrame(
            {
                "entity_id": ids,
                "gene_id": [gene(number // 2) for number in range(len(table))],
                "disease_name": [f"disease {number}" for number in range(len(table))],
                "inheritance_id": pd.Series([None] * len(table), dtype=object),
            }
        ),
        phenotypes=pd.DataFrame(
            {"entity_id": [ids[row] for row in rows], "term_id": [terms[c] for c in columns]},
            dtype=object,
        ),
        terms=pd.DataFrame({"term_id": terms, "label": [f"sign {term}" for term in terms]}),
        releases={},
    )


def published(clustering: Clustering) -> Predecessor:
    return Predecessor(
        clustering.clustering_id,
        {c.cluster_hash: frozenset(m.id for m in c.members) for c in clustering.clusters},
    )


def check_connected(inp: FunctionalInput, result: Clustering) -> None:
    linked = build_network(inp.genes["gene_id"], inp.interactions)
    for cluster in result.clusters:
        inside = np.isin(linked.nodes, [member.id for member in cluster.members])
        parts = component_labels(linked.adjacency, inside.astype(np.int64))
        assert len(np.unique(parts[inside])) == 1


def clusters_of_profiles(inp: PhenotypeInput, result: Clustering) -> list[set[str]]:
    """Return the clusters in which the entities of each distinct set of terms are."""
    home = {m.id: c.cluster_hash for c in result.clusters for m in c.members}
    terms = inp.phenotypes.groupby("entity_id")["term_id"].agg(lambda x: tuple(sorted(x)))
    places: dict[tuple[str, ...], set[str]] = {}
    for entity in inp.entities["entity_id"]:
        places.setdefault(terms.get(entity, ()), set()).add(home.get(entity, "none"))
    return list(places.values())
