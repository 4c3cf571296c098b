"""DAGSTER_HOME, and the storage of Dagster's own records.

`dagster.yaml` names `InstanceStorage` below, which is PostgreSQL if `CLUSTER_ASSETS_DATABASE_URL`
names it, otherwise SQLite under DAGSTER_HOME. Dagster's own `{env: NAME}` rejects an unset
variable. The storage is opened under a lock: several processes that create an SQLite home at once
each record a version, which breaks it permanently. `mend_versions` repairs such a home.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import dagster as dg
from dagster._core.storage.base_storage import DagsterStorage
from dagster._serdes import ConfigurableClassData

from cluster_assets.errors import ClusterAssetsError
from cluster_assets.settings import dagster_home, load_settings

_PACKAGED = Path(__file__).with_name("dagster.yaml")
_CHECKOUT = Path(__file__).resolve().parents[2] / "dagster.yaml"


class InstanceStorage(DagsterStorage):
    """The storage named in `dagster.yaml`; loading it yields one of Dagster's own storages."""

    @classmethod
    def config_type(cls) -> Mapping[str, object]:
        """Return an empty schema: the environment decides."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, object]
    ) -> DagsterStorage:
        """Return the PostgreSQL or the SQLite storage."""
        del config_value
        with home_lock():
            url = _postgres_url()
            if url is not None:
                from dagster_postgres import DagsterPostgresStorage

                return DagsterPostgresStorage(
                    url, should_autocreate_tables=True, inst_data=inst_data
                )
            from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

            return DagsterSqliteStorage(str(_sqlite_folder()), inst_data=inst_data)


def home_lock() -> AbstractContextManager[None]:
    """Return the lock for creating or migrating Dagster's storage and for moving partition keys."""
    from cluster_assets.store.connecting import default_url
    from cluster_assets.store.locks import exclusive

    return exclusive(_postgres_url() or default_url(dagster_home()))


def _postgres_url() -> str | None:
    url = load_settings().database_url
    value = url.get_secret_value() if url is not None else ""
    from cluster_assets.store.connecting import is_postgresql

    return value if value and is_postgresql(value) else None


def _sqlite_folder() -> Path:
    return dagster_home() / "storage"


def prepare_home() -> Path:
    """Create DAGSTER_HOME with its `dagster.yaml` if missing, and set the environment variable.

    An existing `dagster.yaml` is left unchanged.
    """
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home)
    target = home / "dagster.yaml"
    with home_lock():
        if not target.exists():
            partial = target.with_suffix(".partial")
            shutil.copyfile(_CHECKOUT if _CHECKOUT.exists() else _PACKAGED, partial)
            partial.replace(target)  # never a partial file
    return home


def open_instance() -> dg.DagsterInstance:
    """Return Dagster's instance; create, repair or open its storage."""
    prepare_home()
    mend_versions()
    return dg.DagsterInstance.get()


def mend_versions() -> list[str]:
    """Keep one version in each database of Dagster that has several; return their names.

    The newest one is right: all processes that created the database created its newest tables.
    """
    from cluster_assets.store.versions import keep_newest_version

    with home_lock():
        return [
            name
            for name, url in _dagster_databases()
            if keep_newest_version(url, _dagster_versions)
        ]


def _dagster_databases() -> Iterator[tuple[str, str]]:
    """Yield the name and URL of each database with a version."""
    from cluster_assets.store.connecting import sqlite_url

    url = _postgres_url()
    if url is not None:
        yield "PostgreSQL", url
        return
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        path = _sqlite_folder() / name
        if path.exists():
            yield name, sqlite_url(path)


def _dagster_versions() -> list[str]:
    """Return the versions of Dagster's tables, newest first."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from dagster._core.storage.sql import ALEMBIC_SCRIPTS_LOCATION

    config = Config()
    config.set_main_option("script_location", ALEMBIC_SCRIPTS_LOCATION)
    config.set_main_option("path_separator", "os")
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def _main() -> None:
    """Create everything that webserver and daemon open, before both start at once."""
    from cluster_assets.batch.installation import open_installation

    open_installation(load_settings(), prepare_home()).store.engine.dispose()
    open_instance().dispose()


if __name__ == "__main__":
    try:
        _main()
    except ClusterAssetsError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(problem.exit_code)
