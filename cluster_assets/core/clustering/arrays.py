"""Types of the arrays that the methods pass to one another, and how a sparse one is built."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from typing import Protocol, TypeAlias, cast, overload

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]  # cluster of each element, numbered from 0
Positions: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]
Ids: TypeAlias = NDArray[np.object_]
Numbers: TypeAlias = NDArray[np.floating] | NDArray[np.integer]


class Entries(Protocol):
    """The coordinate form of a sparse matrix (`scipy.sparse.coo_array`)."""

    row: Positions
    col: Positions
    data: Floats


class Sparse(Protocol):
    """What the methods use of a `scipy.sparse.csr_array`, for which scipy ships no types."""

    data: Floats
    indices: Positions
    indptr: Positions
    shape: tuple[int, int]

    @property
    def nnz(self) -> int:
        """Number of stored entries."""
        ...

    @property
    def T(self) -> Sparse:  # noqa: N802 - as in scipy
        """The transpose."""
        ...

    def __getitem__(self, key: object) -> Sparse: ...

    @overload
    def __matmul__(self, other: Sparse) -> Sparse: ...
    @overload
    def __matmul__(self, other: Floats) -> Floats: ...

    def astype(self, dtype: type[np.number], /) -> Sparse:
        """Return a copy with another type of values."""
        ...

    def copy(self) -> Sparse:
        """Return a copy."""
        ...

    def sort_indices(self) -> None:
        """Sort the columns within each row, in place."""
        ...

    def sum(self, axis: int) -> Floats:
        """Return the sums along an axis."""
        ...

    def toarray(self) -> Floats:
        """Return the dense matrix."""
        ...

    def tocoo(self) -> Entries:
        """Return the coordinate form."""
        ...


def sparse_matrix(
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    values: Numbers | np.floating | float,
    shape: tuple[int, int],
) -> Sparse:
    """Return a sparse matrix with sorted indices; values at the same place are added up.

    Args:
        rows: row of each entry.
        columns: column of each entry.
        values: value of each entry, or one value for all of them.
        shape: `(n_rows, n_columns)`.
    """
    data = np.broadcast_to(values, len(rows))
    matrix = sparse.csr_array((data, (rows, columns)), shape=shape)
    matrix.sort_indices()
    return cast("Sparse", matrix)


def presence_matrix(
    rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int]
) -> Sparse:
    """Return a sparse matrix of 1 at each given place, however often the place is given."""
    matrix = sparse_matrix(rows, columns, np.float32(1), shape)
    matrix.data[:] = 1
    return matrix


def membership_matrix(labels: Labels, n_clusters: int) -> Sparse:
    """Return `(n_elements, n_clusters)`, 1 where an element is in a cluster.

    Args:
        labels: cluster of each element.
        n_clusters: number of clusters; more than `labels` names is fine.
    """
    return sparse_matrix(np.arange(len(labels)), labels, 1.0, (len(labels), n_clusters))
