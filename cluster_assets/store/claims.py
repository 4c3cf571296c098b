"""Claims on clusters: no two batches write the same cluster at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from cluster_assets.store import tables
from cluster_assets.store.database import Database


class Claims(Database):
    """The columns `claimed_by` and `claimed_until` of `cluster`."""

    def claim(self, cluster_hash: str, *, owner: str, now: datetime, lease_s: float) -> bool:
        """Claim a cluster; return False while another live owner has it."""
        table = tables.cluster
        statement = (
            update(table)
            .where(
                table.c.cluster_hash == cluster_hash,
                or_(
                    table.c.claimed_until.is_(None),
                    table.c.claimed_until <= now,
                    table.c.claimed_by == owner,
                ),
            )
            .values(claimed_by=owner, claimed_until=now + timedelta(seconds=lease_s))
        )
        with self._writing() as connection:
            return connection.execute(statement).rowcount == 1

    def renew_claims(self, *, owner: str, now: datetime, lease_s: float) -> None:
        """Renew all claims of an owner."""
        with self._writing() as connection:
            connection.execute(
                update(tables.cluster)
                .where(tables.cluster.c.claimed_by == owner)
                .values(claimed_until=now + timedelta(seconds=lease_s))
            )

    def release_claims(self, *, owner: str, cluster_hashes: Sequence[str] | None = None) -> None:
        """Release the claims on these clusters, or all claims of the owner when none are named."""
        statement = update(tables.cluster).where(tables.cluster.c.claimed_by == owner)
        if cluster_hashes is not None:
            statement = statement.where(tables.cluster.c.cluster_hash.in_(cluster_hashes))
        with self._writing() as connection:
            connection.execute(statement.values(claimed_by=None, claimed_until=None))
