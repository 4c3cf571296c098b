"""Repairing a database that two processes created at once, each recording its version."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import NullPool, create_engine, inspect, text


def keep_newest_version(url: str, newest_first: Callable[[], Sequence[str]]) -> bool:
    """Keep the newest row of `alembic_version`; return whether there were several.

    `newest_first` returns all known versions and is called only in that case. Unknown versions
    come from a newer program; then all rows stay.
    """
    with create_engine(url, poolclass=NullPool).begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        versions = set(rows.scalars())
        if len(versions) < 2:
            return False
        known = newest_first()
        if not versions.issubset(known):
            return False
        newest = min(versions, key=known.index)
        others = text("DELETE FROM alembic_version WHERE version_num <> :newest")
        connection.execute(others, {"newest": newest})
    return True
