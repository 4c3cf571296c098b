"""Repairing a database that two processes made at once, so that each wrote down its version."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import NullPool, create_engine, inspect, text


def keep_newest_version(url: str, newest_first: Sequence[str]) -> bool:
    """Leave one row in `alembic_version`; return whether there were several.

    Versions that are not in `newest_first` are from a newer program, and all rows stay.
    """
    with create_engine(url, poolclass=NullPool).begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        versions = set(rows.scalars())
        if len(versions) < 2 or not versions.issubset(newest_first):
            return False
        newest = min(versions, key=newest_first.index)
        others = text("DELETE FROM alembic_version WHERE version_num <> :newest")
        connection.execute(others, {"newest": newest})
    return True
