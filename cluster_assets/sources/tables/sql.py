"""Source `sql`: tables from queries against any database that SQLAlchemy reaches.

A query returns a table with the columns of `schemas`, under any of their accepted names. The URL
may contain a password, which is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster_assets.addresses import shown_database_url
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.table import Table, table_from_frame
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import ROLES, Role, columns_of


@dataclass(frozen=True, slots=True)
class SqlTables:
    """The queries that the configuration has."""

    config: SourceConfig

    def query(self, role: Role) -> str | None:
        """Return the query of a role."""
        queries: Mapping[Role, str | None] = {
            "genes": self.config.sql_genes,
            "interactions": self.config.sql_interactions,
            "annotations": self.config.sql_annotations,
            "terms": self.config.sql_terms,
            "entities": self.config.sql_entities,
            "entity_phenotypes": self.config.sql_entity_phenotypes,
        }
        return queries[role]

    def has(self, role: Role) -> bool:
        """Return whether a query for that role is set."""
        return self.config.sql_url is not None and self.query(role) is not None

    def read(self, role: Role, problems: Problems) -> tuple[Table, ...]:
        """Run the query of a role, in a transaction that is rolled back."""
        import pandas as pd
        from sqlalchemy import create_engine, text
        from sqlalchemy.exc import SQLAlchemyError

        query = self.query(role)
        if query is None:
            return ()
        where = f"query for {role}"
        try:
            engine = create_engine(_url(self.config))
            try:
                with engine.connect() as connection:
                    result = connection.execute(text(query))
                    names = list(result.keys())
                    frame = pd.DataFrame(result.fetchall(), columns=names)
            finally:
                engine.dispose()
        except (SQLAlchemyError, ImportError) as error:
            # Only the database's own message: the rest of the error may contain the URL.
            said = getattr(error, "orig", None) or type(error).__name__
            problems.add(
                Problem("file", where, f"fails at {shown_database_url(_url(self.config))}: {said}")
            )
            return ()
        table = table_from_frame(where, frame, columns_of(role, self.config), problems)
        return () if table is None else (table,)

    def setting(self, role: Role) -> str:
        """Return the names of the settings for the query."""
        return f"CLUSTER_ASSETS_SQL_URL with CLUSTER_ASSETS_SQL_{role.upper()}"

    def describe(self) -> Mapping[str, str]:
        """Return the URL without its password, and the queries."""
        queries = {role: self.query(role) or "" for role in ROLES if self.has(role)}
        return {"database": shown_database_url(_url(self.config)), **queries}


def _url(config: SourceConfig) -> str:
    return "" if config.sql_url is None else config.sql_url.get_secret_value()
