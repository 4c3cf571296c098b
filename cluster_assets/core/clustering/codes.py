"""Values of a column as numbers that do not depend on the order of its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cluster_assets.core.clustering.arrays import Ids, Positions


def sorted_codes(values: pd.Series) -> tuple[Positions, Ids]:
    """Return the place of each value among the sorted distinct values, and these values."""
    codes, uniques = pd.factorize(values)
    names = np.asarray(uniques, dtype=object)
    order = np.argsort(names)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[codes], names[order]
