"""DAGSTER_HOME: where Dagster keeps its record, and which storage that is.

`dagster.yaml` names `InstanceStorage` below, which takes PostgreSQL when
`CLUSTER_ASSETS_DATABASE_URL` is set and SQLite under DAGSTER_HOME when not: Dagster's own
`{env: NAME}` refuses an unset variable. Whoever opens the storage holds a lock meanwhile, because
a fresh SQLite home that several processes make at once can break for ever: each stamps its own
version. `mend_versions` repairs a home that was broken that way.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.base_storage import DagsterStorage
from dagster._serdes import ConfigurableClassData

from cluster_assets.errors import ClusterAssetsError
from cluster_assets.settings import dagster_home, load_settings

_PACKAGED = Path(__file__).with_name("dagster.yaml")
_CHECKOUT = Path(__file__).resolve().parents[2] / "dagster.yaml"


class InstanceStorage(DagsterStorage):
    """Stands in `dagster.yaml`; turns into one of Dagster's own storages when it is loaded."""

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """Take no configuration: the environment decides."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
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
    """Let one process at a time make or migrate Dagster's storage or move its partition keys."""
    from cluster_assets.store.connecting import default_url
    from cluster_assets.store.locks import exclusive

    return exclusive(_postgres_url() or default_url(dagster_home()))


def _postgres_url() -> str | None:
    url = load_settings().database_url
    value = url.get_secret_value() if url is not None else ""
    return value if value.startswith("postgresql") else None


def _sqlite_folder() -> Path:
    return dagster_home() / "storage"


def prepare_home() -> Path:
    """Make DAGSTER_HOME with its `dagster.yaml` if it is not there and name it in the environment.

    A `dagster.yaml` that somebody put there is left as it is.
    """
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home)
    target = home / "dagster.yaml"
    with home_lock():
        if not target.exists():
            partial = target.with_suffix(".partial")
            shutil.copyfile(_CHECKOUT if _CHECKOUT.exists() else _PACKAGED, partial)
            partial.replace(target)  # whole, or not there at all
    return home


def open_instance() -> dg.DagsterInstance:
    """Return Dagster's instance; makes, mends or opens its storage."""
    prepare_home()
    mend_versions()
    return dg.DagsterInstance.get()


def mend_versions() -> list[str]:
    """Leave one version in each database of Dagster that has several; return which had.

    The newest stays: those who made the database at once all made its newest tables.
    """
    from cluster_assets.store.versions import keep_newest_version

    with home_lock():
        return [
            name
            for name, url in _dagster_databases()
            if keep_newest_version(url, _dagster_versions)
        ]


def _dagster_databases() -> Iterator[tuple[str, str]]:
    """Yield name and URL of each database that has a version."""
    url = _postgres_url()
    if url is not None:
        yield "PostgreSQL", url
        return
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        path = _sqlite_folder() / name
        if path.exists():
            yield name, f"sqlite:///{path}"


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
    """Make everything that webserver and daemon will open, before they start together."""
    from cluster_assets.batch.installation import open_installation

    open_installation(load_settings(), prepare_home()).store.engine.dispose()
    open_instance().dispose()


if __name__ == "__main__":
    try:
        _main()
    except ClusterAssetsError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(problem.exit_code)
