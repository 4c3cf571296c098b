"""The clock that all processes of one database share."""

from __future__ import annotations

import time

from sqlalchemy import Connection, extract, func, select

_SERVER_CLOCK = select(extract("epoch", func.clock_timestamp()))


def shared_time(connection: Connection) -> float:
    """Return seconds on a clock that no process can set.

    The server's clock on PostgreSQL. SQLite is used by one machine, so there it is the time since
    boot, or the wall clock where the system does not provide that.
    """
    if connection.dialect.name == "postgresql":
        return float(connection.execute(_SERVER_CLOCK).scalar_one())
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.time()
    return time.clock_gettime(time.CLOCK_BOOTTIME)
