"""The matrix of entities and recorded terms in canonical order, and which terms are active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cluster_assets.core.clustering.arrays import Ids, Labels, Sparse
from cluster_assets.core.models import PhenotypeInput
from cluster_assets.errors import ClusteringError

ROOTS = ("HP:0000001", "HP:0000118")  # true of every entity, so they tell none apart
MIN_ENTITIES = 4
_BLOCK = 8192  # rows made dense at a time


@dataclass(frozen=True, slots=True)
class Presence:
    """What is recorded for which entity.

    Attributes:
        entity_ids: n_entities ids, sorted by code point.
        term_ids: n_terms ids of the active terms, sorted.
        active: n_entities x n_terms, 1 where a term is recorded.
        n_recorded: terms recorded for each entity, active or not.
    """

    entity_ids: Ids
    term_ids: Ids
    active: Sparse
    n_recorded: Labels


def build_presence(inp: PhenotypeInput, min_prevalence: float, max_prevalence: float) -> Presence:
    """Bring entities and terms into the canonical form.

    Active are the terms within the band of prevalence; a near-constant term would dominate the axes
    with what hardly any entity has or lacks.

    Raises:
        ClusteringError: `CA-311` when fewer than two terms are active, `CA-312` when there are
            fewer than four entities.
    """
    entity_ids = np.array(sorted(inp.entities["entity_id"].astype(str)), dtype=object)
    if len(entity_ids) < MIN_ENTITIES:
        raise ClusteringError(
            "CA-312",
            f"{len(entity_ids)} entities cannot be clustered; at least {MIN_ENTITIES} are needed",
        )
    recorded, term_ids = _recorded(inp, entity_ids)
    prevalence = np.bincount(recorded.indices, minlength=len(term_ids)) / len(entity_ids)
    active = (prevalence >= min_prevalence) & (prevalence <= max_prevalence)
    active &= ~np.isin(term_ids, ROOTS)
    if inp.term_ids:
        active &= np.isin(term_ids, np.array(inp.term_ids, dtype=object))
    if active.sum() < 2:
        raise ClusteringError(
            "CA-311",
            f"only {active.sum()} of {len(term_ids)} terms are recorded for {min_prevalence:.0%} "
            f"to {max_prevalence:.0%} of the entities; at least 2 are needed to tell them apart",
        )
    return Presence(
        entity_ids=entity_ids,
        term_ids=term_ids[active],
        active=sparse.csr_array(recorded[:, np.flatnonzero(active)]),
        n_recorded=np.diff(recorded.indptr).astype(np.int64),
    )


def distinct_profiles(active: Sparse) -> Labels:
    """Return the profile of each entity: the same number for the same active terms.

    Numbered from 0 in the order in which they first come.
    """
    blocks = [
        np.packbits(active[start : start + _BLOCK].toarray() > 0, axis=1)
        for start in range(0, active.shape[0], _BLOCK)
    ]
    bits = np.vstack(blocks)
    rows = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, profile = np.unique(rows, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[profile]


def _recorded(inp: PhenotypeInput, entity_ids: Ids) -> tuple[Sparse, Ids]:
    entity, uniques = pd.factorize(inp.phenotypes["entity_id"])
    rows = pd.Index(entity_ids).get_indexer(pd.Index(np.asarray(uniques, dtype=object)))[entity]
    columns, terms = pd.factorize(inp.phenotypes["term_id"])
    term_ids = np.asarray(terms, dtype=object)
    order = np.argsort(term_ids)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    matrix = sparse.csr_array(
        (np.ones(len(rows), dtype=np.float32), (rows, rank[columns])),
        shape=(len(entity_ids), len(term_ids)),
    )
    matrix.sort_indices()
    matrix.data[:] = 1  # rows that come twice were summed
    return matrix, term_ids[order]
