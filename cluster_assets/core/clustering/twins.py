"""Terms that say the same of nearly the same members: one of them speaks for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cluster_assets.core.clustering.arrays import Floats, Positions


def merge_twins(overlap: Floats, breadth: Sequence[Any], bar: float) -> Positions:
    """Return which terms are left when near-identical ones are merged.

    Walks the terms from the best one; each joins the first better one that it overlaps with, or
    stands for itself. Of those that came together the narrowest speaks for them, in the place of
    the best.

    Args:
        overlap: n x n Jaccard indices, terms from best to worst.
        breadth: a sort key for each term; smaller is more specific.
        bar: overlap from which two terms are near-identical.
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


def jaccard_of_columns(together: NDArray[Any]) -> Floats:
    """Return Jaccard indices from counts of how many members have both of two terms.

    Args:
        together: n x n; the diagonal holds how many have each term.
    """
    sizes = np.diag(together).astype(float)
    either = sizes[:, None] + sizes - together
    return together / np.maximum(either, 1.0)
