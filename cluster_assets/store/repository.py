"""Reading and writing the tables, in short transactions, with the time passed in.

Each method is one query or one change. What follows from an answer is decided elsewhere:
`core.summary.verdict` decides what is due, `batch` what replaces what.
"""

from __future__ import annotations

from sqlalchemy import func, select

from cluster_assets.store import tables
from cluster_assets.store.claims import Claims
from cluster_assets.store.clustering_rows import ClusteringRows
from cluster_assets.store.leases import Leases
from cluster_assets.store.summary_rows import SummaryRows


class Store(ClusteringRows, SummaryRows, Claims, Leases):
    """The tables of one database."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows of the tables that `doctor` reports on."""
        counted = (
            tables.clustering,
            tables.cluster,
            tables.validated_summary,
            tables.summary_attempt,
        )
        with self._reading() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in counted
            }
