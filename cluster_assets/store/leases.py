"""Leases: a name belongs to a holder for as long as the holder renews it.

A run holds a lease under its own id, which shows that its process is alive. A batch holds one
under its cluster type, which keeps out other batches of that type. Times are those of
`shared_time`. A lease that ends further ahead than a lease lasts dates from an earlier boot and
counts as lapsed.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select

from cluster_assets.store import tables
from cluster_assets.store.clock import shared_time
from cluster_assets.store.database import Database

LEASE_S = 30.0
RENEW_S = 5.0
_FORGET_S = 86_400.0


class Leases(Database):
    """The table `lease`."""

    def take_lease(self, name: str, *, holder: str, lease_s: float = LEASE_S) -> bool:
        """Take or renew a lease; return False while another holder's is live."""
        table = tables.lease
        with self._writing() as connection:
            now = shared_time(connection)
            row = {"holder": holder, "until": now + lease_s}
            taken = connection.execute(
                self._insert(table)
                .values(name=name, **row)
                .on_conflict_do_update(
                    index_elements=["name"],
                    set_=row,
                    where=or_(table.c.holder == holder, not_(_is_live(now))),
                )
            )
            long_ago = table.c.until < now - _FORGET_S
            connection.execute(delete(table).where(long_ago))
        return taken.rowcount == 1

    def live_leases(self, names: Collection[str]) -> dict[str, bool]:
        """Return whether the lease of each name is live; names without a lease are left out."""
        table = tables.lease
        with self._reading() as connection:
            live = _is_live(shared_time(connection)).label("live")
            rows = connection.execute(select(table.c.name, live).where(table.c.name.in_(names)))
            return {row.name: bool(row.live) for row in rows}

    def drop_lease(self, name: str, *, holder: str) -> None:
        """Give up a lease, if it still belongs to this holder."""
        table = tables.lease
        mine = and_(table.c.name == name, table.c.holder == holder)
        with self._writing() as connection:
            connection.execute(delete(table).where(mine))


def _is_live(now: float) -> ColumnElement[bool]:
    until = tables.lease.c.until
    return and_(until > now, until <= now + LEASE_S)
