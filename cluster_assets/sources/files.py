"""Tables from files of the user: TSV, CSV or Parquet, also `.gz`; their columns: `schemas`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.findings import Problems
from cluster_assets.sources.readers import read_table
from cluster_assets.sources.schemas import COLUMNS, ROLES, Role, genes_columns
from cluster_assets.sources.tables import Columns, Table

_SETTINGS: Mapping[Role, str] = {
    "genes": "GENES_FILE",
    "interactions": "INTERACTIONS_FILES",
    "annotations": "ANNOTATIONS_FILES",
    "terms": "TERMS_FILE",
    "entities": "ENTITIES_FILE",
    "entity_phenotypes": "ENTITY_PHENOTYPES_FILE",
}


@dataclass(frozen=True, slots=True)
class FileTables:
    """The files that the configuration names."""

    config: SourceConfig

    def paths(self, role: Role) -> tuple[Path, ...]:
        """Return the files of a role."""
        one: Mapping[Role, Path | None] = {
            "genes": self.config.genes_file,
            "terms": self.config.terms_file,
            "entities": self.config.entities_file,
            "entity_phenotypes": self.config.entity_phenotypes_file,
        }
        if role == "interactions":
            return self.config.interactions_files
        if role == "annotations":
            return self.config.annotations_files
        path = one[role]
        return () if path is None else (path,)

    def has(self, role: Role) -> bool:
        """Tell whether a file is set."""
        return bool(self.paths(role))

    def read(self, role: Role, problems: Problems) -> tuple[Table, ...]:
        """Read all files of a role."""
        columns = self._columns(role)
        tables = (read_table(path, columns, problems) for path in self.paths(role))
        return tuple(table for table in tables if table is not None)

    def _columns(self, role: Role) -> Columns:
        if role != "genes" or self.config.genes_filter is None:
            return COLUMNS[role]
        return genes_columns(self.config.genes_filter.partition("=")[0].strip())

    def setting(self, role: Role) -> str:
        """Return the setting that names the file."""
        return f"CLUSTER_ASSETS_{_SETTINGS[role]}"

    def describe(self) -> Mapping[str, str]:
        """Return the files by role."""
        return {role: ", ".join(map(_state, self.paths(role))) for role in ROLES if self.has(role)}


def _state(path: Path) -> str:
    if not path.is_file():
        return f"{path} (there is no such file)"
    return f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
