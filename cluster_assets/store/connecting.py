"""Opening the database: one engine, the pragmas that SQLite needs, and the migrations.

Reading and writing live in `repository`, the tables in `tables`.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from cluster_assets.addresses import shown_database_url
from cluster_assets.errors import StoreError
from cluster_assets.store.database import first_line
from cluster_assets.store.locks import exclusive

SQLITE_FILE = "cluster_assets.db"
_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "cluster_assets_version"  # Dagster's own tables may share the database


def sqlite_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def default_url(home: Path) -> str:
    """Return the URL of the SQLite file under DAGSTER_HOME."""
    return sqlite_url(home / SQLITE_FILE)


def is_postgresql(url: str) -> bool:
    """Return whether a URL names a PostgreSQL database."""
    return make_url(url).get_backend_name() == "postgresql"


def open_engine(url: str) -> Engine:
    """Open the database and migrate its tables to the newest version.

    Args:
        url: `sqlite:///...` or `postgresql+psycopg2://...`.

    Raises:
        StoreError: `CA-501` when it cannot be reached or migrated; the message shows the URL
            without its password.
    """
    shown = shown_database_url(url)
    try:
        with exclusive(url):
            engine = _create(make_url(url))
            migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(
            "CA-501",
            f"the database `{shown}` cannot be used: {first_line(error)}. Check"
            " `CLUSTER_ASSETS_DATABASE_URL`, or unset it to use SQLite under DAGSTER_HOME",
            url=shown,
        ) from None
    return engine


def _create(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=4, max_overflow=4)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _sqlite_pragmas(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def migrate(engine: Engine) -> None:
    """Apply the pending migrations; the caller holds the lock on the database."""
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
            # The driver would begin at the first INSERT, which is too late
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _VERSION_TABLE
        command.upgrade(config, "head")
