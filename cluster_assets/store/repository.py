"""Reading and writing the tables, in short transactions, with the time passed in.

Each method is one question or one change; what follows from an answer is decided elsewhere
(`core.summary.verdict` says what is due, `batch` what replaces what).
"""

from __future__ import annotations

from sqlalchemy import text

from cluster_assets.store.claims import Claims
from cluster_assets.store.clustering_rows import ClusteringRows
from cluster_assets.store.leases import Leases
from cluster_assets.store.summary_rows import SummaryRows


class Store(ClusteringRows, SummaryRows, Claims, Leases):
    """The tables of one database."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table that a person asks about."""
        names = ("clustering", "cluster", "validated_summary", "summary_attempt")
        with self._reading() as connection:
            return {
                name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 - names are the constants above
                for name in names
            }
