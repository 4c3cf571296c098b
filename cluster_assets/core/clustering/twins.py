"""Near-identical terms: of several that nearly the same members have, one is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Numbers, Positions

Breadth = TypeVar("Breadth", float, tuple[int, int])


def merge_twins(overlap: Floats, breadth: Sequence[Breadth], bar: float) -> Positions:
    """Return the positions of the terms that are left when near-identical terms are merged.

    From best to worst, each term joins the first group whose leader it overlaps with, or leads a
    group of its own. The most specific term of each group is returned, in the order of the leaders.

    Args:
        overlap: `(n_terms, n_terms)` Jaccard indices, terms from best to worst.
        breadth: one sort key per term; the smaller, the more specific.
        bar: Jaccard index from which two terms are near-identical, 0 to 1.
    """
    leaders: list[int] = []
    speakers: list[int] = []
    for term in range(len(breadth)):
        twins = np.flatnonzero(overlap[leaders, term] >= bar)
        if not twins.size:
            leaders.append(term)
            speakers.append(term)
        elif breadth[term] < breadth[speakers[twins[0]]]:
            speakers[twins[0]] = term
    return np.array(speakers, dtype=np.intp)


def jaccard_of_columns(together: Numbers) -> Floats:
    """Return the Jaccard index of each pair of terms.

    Args:
        together: `(n_terms, n_terms)` members with both terms of each pair; with each single term
            on the diagonal.

    Returns:
        `(n_terms, n_terms)` indices, 0 to 1.
    """
    sizes = np.diag(together).astype(float)
    either = sizes[:, None] + sizes - together
    return together / np.maximum(either, 1.0)
