"""Leases: a name belongs to a holder for as long as the holder renews it.

A run holds one under its own id, which says that its process is alive, and a batch one under its
cluster type, which keeps other batches of that type out. Clocks: on PostgreSQL the server's; on
SQLite, which one machine uses, the time since boot, which no one can set. A lease that ends
further ahead than a lease lasts is from an older boot and counts as lapsed.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, delete, extract, func, not_, or_, select

from cluster_assets.store import tables
from cluster_assets.store.database import Database

LEASE_S = 30.0
RENEW_S = 5.0
_FORGET_S = 86_400.0
_SERVER_CLOCK = select(extract("epoch", func.clock_timestamp()))


class Leases(Database):
    """The table `lease`."""

    def take_lease(self, name: str, *, holder: str, lease_s: float = LEASE_S) -> bool:
        """Take or prolong a lease; False while another's has not lapsed."""
        table = tables.lease
        with self._writing() as connection:
            now = _now(connection)
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
        """Return for each name that was ever leased whether its lease is live."""
        table = tables.lease
        with self._reading() as connection:
            live = _is_live(_now(connection)).label("live")
            rows = connection.execute(select(table.c.name, live).where(table.c.name.in_(names)))
            return {row.name: bool(row.live) for row in rows}

    def drop_lease(self, name: str, *, holder: str) -> None:
        """Give a lease back, if it is still the holder's."""
        table = tables.lease
        mine = and_(table.c.name == name, table.c.holder == holder)
        with self._writing() as connection:
            connection.execute(delete(table).where(mine))


def _is_live(now: float) -> ColumnElement[bool]:
    until = tables.lease.c.until
    return and_(until > now, until <= now + LEASE_S)


def _now(connection: Connection) -> float:
    if connection.dialect.name == "postgresql":
        return float(connection.execute(_SERVER_CLOCK).scalar_one())
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.time()
    return time.clock_gettime(time.CLOCK_BOOTTIME)
