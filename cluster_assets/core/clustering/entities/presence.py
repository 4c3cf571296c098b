"""The presence matrix of entities and recorded terms, and which terms are active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cluster_assets.core.clustering.arrays import Ids, Labels, Sparse, presence_matrix
from cluster_assets.core.clustering.codes import sorted_codes
from cluster_assets.core.models import PhenotypeInput
from cluster_assets.errors import ClusteringError

ROOTS = ("HP:0000001", "HP:0000118")  # true of every entity, so they distinguish none
MIN_ENTITIES = 4
_BLOCK = 8192  # rows converted to dense at a time


@dataclass(frozen=True, slots=True)
class Presence:
    """Which terms are recorded for which entity.

    Attributes:
        entity_ids: `(n_entities,)` ids, sorted by code point.
        term_ids: `(n_terms,)` ids of the active terms, sorted.
        active: `(n_entities, n_terms)`, 1 where an active term is recorded.
        n_recorded: `(n_entities,)` terms recorded for each entity, active or not.
    """

    entity_ids: Ids
    term_ids: Ids
    active: Sparse
    n_recorded: Labels


def build_presence(inp: PhenotypeInput, min_prevalence: float, max_prevalence: float) -> Presence:
    """Return the canonical presence matrix of an input.

    A term is active if its prevalence is within the limits: a term that nearly every entity or
    hardly any entity has would dominate the axes.

    Args:
        inp: entities and their recorded terms.
        min_prevalence: smallest share of the entities with an active term, 0 to 1.
        max_prevalence: largest share of the entities with an active term, 0 to 1.

    Raises:
        ClusteringError: `CA-311` if fewer than two terms are active, `CA-312` if there are fewer
            than four entities.
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
        active=recorded[:, np.flatnonzero(active)],
        n_recorded=np.diff(recorded.indptr).astype(np.int64),
    )


def distinct_profiles(active: Sparse) -> Labels:
    """Return the profile of each entity: entities with the same active terms share a number.

    Args:
        active: `(n_entities, n_terms)`, 1 where a term is recorded.

    Returns:
        `(n_entities,)` profiles, numbered from 0 in order of first appearance.
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
    columns, term_ids = sorted_codes(inp.phenotypes["term_id"])
    return presence_matrix(rows, columns, (len(entity_ids), len(term_ids))), term_ids
