"""Term profiles: the terms of each gene or disease, ancestors included; similarity of genes.

A profile is a row of a sparse 0/1 matrix. Similarity weights terms by information content, so two
genes are similar when they share terms that few others have. It means that two genes cause similar
phenotypes, not that their products interact, and is labelled so wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.obo import Ontology

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK_ROWS = 1024
_DECIMALS = 9  # sums of a sparse product may differ in the last bits between machines


@dataclass(frozen=True)
class Profiles:
    """The terms of n keys (genes or diseases).

    Attributes:
        keys: n ids, sorted.
        terms: q term ids, sorted.
        matrix: shape (n, q), int32, 1 where the key has the term or a descendant of it.
    """

    keys: np.ndarray
    terms: np.ndarray
    matrix: csr_array

    def with_term(self, term_id: str) -> Profiles:
        """Return the keys that have a term (maybe none), with only the terms that those have."""
        position = np.flatnonzero(self.terms == term_id)
        has = np.asarray(self.matrix[:, position].sum(axis=1)).ravel() > 0
        matrix = self.matrix[np.flatnonzero(has)]
        used = np.unique(matrix.indices)
        return Profiles(self.keys[has], self.terms[used], matrix[:, used])

    def long(self, key: str) -> pd.DataFrame:
        """Return one row per key and term: the named key column and `term_id`, sorted."""
        rows = np.repeat(np.arange(len(self.keys)), np.diff(self.matrix.indptr))
        return pd.DataFrame(
            {
                key: pd.Series(self.keys, dtype="str").take(rows).array,
                "term_id": pd.Series(self.terms, dtype="str").take(self.matrix.indices).array,
            }
        )


def build_profiles(keys: pd.Series, term_ids: pd.Series, ontology: Ontology, root: str) -> Profiles:
    """Propagate recorded terms to their ancestors.

    Args:
        keys: r ids, one per recorded term.
        term_ids: r term ids, all at or below the root.
        ontology: gives the ancestors.
        root: the highest ancestor to keep.

    Returns:
        Profiles of all keys that occur.
    """
    from scipy.sparse import csr_array

    key_codes, key_values = pd.factorize(keys, sort=True)
    term_codes, term_values = pd.factorize(term_ids, sort=True)
    closure, terms = ontology.closure(
        [str(value) for value in term_values], ontology.descendants(root)
    )
    recorded = csr_array(
        (np.ones(len(key_codes), dtype=np.int32), (key_codes, term_codes)),
        shape=(len(key_values), len(term_values)),
    )
    matrix = csr_array(recorded @ closure)
    matrix.sort_indices()
    matrix.data[:] = 1
    return Profiles(np.asarray(key_values, dtype=object), np.asarray(terms, dtype=object), matrix)


def nearest_neighbours(profiles: Profiles, k: int) -> pd.DataFrame:
    """Connect each key with the k keys whose profiles are most similar.

    Cosine similarity of profiles weighted by information content, `-ln(share of keys with the
    term)`. Two keys are joined when either is among the k nearest of the other; ties are broken by
    id, so row order does not matter.

    Args:
        profiles: n keys by q terms.
        k: number of neighbours of each key.

    Returns:
        `gene_a` < `gene_b` (ids) and `weight` (cosine, in (0, 1]), sorted by id.
    """
    from scipy.sparse import csr_array

    n = len(profiles.keys)
    share = np.asarray(profiles.matrix.sum(axis=0)).ravel() / max(n, 1)
    weighted = csr_array(profiles.matrix.multiply(-np.log(share)[None, :]))
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0  # a key with only universal terms is similar to no other
    unit = csr_array(weighted.multiply((1 / norms)[:, None]))
    pairs: list[np.ndarray] = []
    for start in range(0, n, _BLOCK_ROWS):
        similarity = np.round((unit[start : start + _BLOCK_ROWS] @ unit.T).toarray(), _DECIMALS)
        rows = np.arange(len(similarity))
        similarity[rows, rows + start] = 0.0
        pairs.append(_k_largest(similarity, k) + np.array([start, 0, 0]))
    return _edges(np.concatenate(pairs) if pairs else np.empty((0, 3)), profiles.keys)


def _k_largest(similarity: np.ndarray, k: int) -> np.ndarray:
    """Return (row, column, value) of the k largest positive values of each row.

    Of equal values the leftmost win; a full stable sort gives the same result four times slower.
    """
    k = min(k, similarity.shape[1])
    limit = -np.partition(-similarity, k - 1, axis=1)[:, k - 1]
    rows, columns = np.nonzero((similarity >= limit[:, None]) & (similarity > 0))
    values = similarity[rows, columns]
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return np.column_stack([rows, columns, values])[rank < k]


def _edges(pairs: np.ndarray, keys: np.ndarray) -> pd.DataFrame:
    """Return unique undirected edges from rows (i, j, weight)."""
    ends = np.sort(pairs[:, :2].astype(np.int64), axis=1)
    unique, first = np.unique(ends, axis=0, return_index=True)
    names = pd.Series(keys, dtype="str")
    return pd.DataFrame(
        {
            "gene_a": names.take(unique[:, 0]).array,
            "gene_b": names.take(unique[:, 1]).array,
            "weight": pairs[first, 2],
        }
    )
