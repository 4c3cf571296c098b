"""DAGSTER_HOME: where Dagster keeps its record, and which storage that is.

`dagster.yaml` names `InstanceStorage` below, which takes PostgreSQL when
`CLUSTER_ASSETS_DATABASE_URL` is set and SQLite under DAGSTER_HOME when not: Dagster's own
`{env: NAME}` refuses an unset variable. The home is opened once in one process before webserver
and daemon start together, because a fresh SQLite home opened by several at once can break for ever.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
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
        url = load_settings().database_url
        if url is not None and url.get_secret_value().startswith("postgresql"):
            from dagster_postgres import DagsterPostgresStorage

            return DagsterPostgresStorage(
                url.get_secret_value(), should_autocreate_tables=True, inst_data=inst_data
            )
        from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

        return DagsterSqliteStorage(str(dagster_home() / "storage"), inst_data=inst_data)


def prepare_home() -> Path:
    """Make DAGSTER_HOME with its `dagster.yaml` if it is not there and name it in the environment.

    A `dagster.yaml` that somebody put there is left as it is.
    """
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    target = home / "dagster.yaml"
    if not target.exists():
        shutil.copyfile(_CHECKOUT if _CHECKOUT.exists() else _PACKAGED, target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance() -> dg.DagsterInstance:
    """Return Dagster's instance; makes or opens its storage in this one process."""
    prepare_home()
    return dg.DagsterInstance.get()


if __name__ == "__main__":
    try:
        open_instance().dispose()
    except ClusterAssetsError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(problem.exit_code)
