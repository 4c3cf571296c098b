"""Opening the database: one engine, the pragmas that SQLite needs, migrations to the newest.

What is stored and read lives in `repository`; the tables in `tables`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from cluster_assets.addresses import shown_database_url
from cluster_assets.errors import StoreError
from cluster_assets.store.locks import exclusive

SQLITE_FILE = "cluster_assets.db"
_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "cluster_assets_version"  # Dagster's own tables may share the database


def default_url(home: Path) -> str:
    """Return the URL of the SQLite file under DAGSTER_HOME."""
    return f"sqlite:///{home / SQLITE_FILE}"


def open_engine(url: str) -> Engine:
    """Open the database and bring its tables to the newest version.

    Args:
        url: `sqlite:///...` or `postgresql+psycopg2://...`.

    Raises:
        StoreError: `CA-501` when it cannot be reached or migrated; the URL is shown without its
            password.
    """
    shown = shown_database_url(url)
    try:
        with exclusive(url):
            engine = _create(url)
            migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreError(
            "CA-501",
            f"the database `{shown}` cannot be used: {reason}. Check"
            " `CLUSTER_ASSETS_DATABASE_URL`, or unset it to use SQLite under DAGSTER_HOME",
            url=shown,
        ) from None
    return engine


def _create(url: str) -> Engine:
    if url.startswith("sqlite:"):
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _sqlite_pragmas)
        return engine
    return create_engine(url, pool_pre_ping=True, pool_size=4, max_overflow=4)


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def migrate(engine: Engine) -> None:
    """Run the migrations that are not in yet; the caller keeps other processes out."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        options = {"version_table": _VERSION_TABLE}
        if MigrationContext.configure(connection, opts=options).get_current_revision() == head:
            return
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            # The driver itself would begin only at the first INSERT, which is too late
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _VERSION_TABLE
        command.upgrade(config, "head")
