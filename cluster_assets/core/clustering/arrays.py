"""Names for the kinds of arrays that the methods pass to one another."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]  # cluster of each element, numbered from 0
Positions: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]
Ids: TypeAlias = NDArray[np.object_]
Sparse: TypeAlias = Any  # a `scipy.sparse.csr_array`; scipy ships no types
