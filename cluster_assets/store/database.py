"""Short transactions on one database, and what its rows are turned into on the way out.

Below the questions and changes that `clusterings`, `summaries`, `claims` and `leases` put to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from cluster_assets.errors import StoreError


class Database:
    """One database, SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert  # the two that know ON CONFLICT

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _store_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _store_errors(), self.engine.connect() as connection:
            yield connection


def columns_of(row: Row[Any]) -> dict[str, Any]:
    """Return the values of a row by column, times with their zone."""
    return {name: _utc(value) for name, value in row._mapping.items()}


def _utc(value: Any) -> Any:
    """SQLite gives times back without their zone; all of ours are UTC."""
    is_bare = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if is_bare else value


@contextmanager
def _store_errors() -> Iterator[None]:
    """Raise what the database says as one line, without statement and parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreError(
            "CA-502",
            f"the database failed: {reason}. What was stored before is kept; see"
            " `cluster-assets doctor`, then cluster again",
        ) from None
