"""The user's tables: what they must look like (`schemas`), read from files or SQL queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.problems import Problems
from cluster_assets.sources.tables.files import FileTables
from cluster_assets.sources.tables.schemas import Role
from cluster_assets.sources.tables.sql import SqlTables


class Tables(Protocol):
    """Gives the tables by their role."""

    def has(self, role: Role) -> bool:
        """Return whether a table of that role is set."""
        ...

    def read(self, role: Role, problems: Problems) -> tuple[Table, ...]:
        """Return all readable tables of that role; `problems` receives what is wrong."""
        ...

    def setting(self, role: Role) -> str:
        """Return the name of the setting that gives the table."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Return where the tables come from."""
        ...


def open_tables(config: SourceConfig) -> Tables:
    """Return the user's tables: queries for the source `sql`, else files."""
    return SqlTables(config) if config.source == "sql" else FileTables(config)
