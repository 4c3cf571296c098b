"""Short transactions on one database, and plain values from its rows.

The base of `clustering_rows`, `summary_rows`, `claims` and `leases`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from cluster_assets.errors import StoreError


class Database:
    """One database, SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert  # only these two dialects support ON CONFLICT

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        with _store_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with _store_errors(), self.engine.connect() as connection:
            yield connection


def columns_of(row: RowMapping) -> dict[str, Any]:
    """Return the values of a row by column name, times with their time zone."""
    return {str(name): _with_zone(value) for name, value in row.items()}


def first_line(error: Exception) -> str:
    """Return the driver's message as one line, without statement and parameters."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _with_zone(value: object) -> object:
    """Add UTC to a time without a zone: SQLite drops it, and all our times are UTC."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


@contextmanager
def _store_errors() -> Generator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            "CA-502",
            f"the database failed: {first_line(error)}. What was stored before is kept; run"
            " `cluster-assets doctor`, then cluster again",
        ) from None
