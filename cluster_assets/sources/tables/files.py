"""Tables from the user's files.

TSV, CSV or Parquet with the columns of `schemas`; interactions and annotations also in STRING's
download formats, annotations also as GMT. All but Parquet may be packed with gzip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.gmt import is_gmt, read_gmt
from cluster_assets.sources.formats.reading import read_table
from cluster_assets.sources.formats.recognise import (
    KnownFile,
    is_links,
    is_terms,
    is_web_export,
    recognise,
)
from cluster_assets.sources.formats.string_db import read_symbols, read_terms
from cluster_assets.sources.formats.string_links import read_links
from cluster_assets.sources.formats.string_web import read_web_export
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import ROLES, Role, columns_of

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
        """Return whether a file of that role is set."""
        return bool(self.paths(role))

    def read(self, role: Role, problems: Problems) -> tuple[Table, ...]:
        """Read all files of a role."""
        tables = [self._read(role, path, problems) for path in self.paths(role)]
        return tuple(table for table in tables if table is not None)

    def _read(self, role: Role, path: Path, problems: Problems) -> Table | None:
        """Read one file; its name or header tells the format."""
        known = recognise(path)
        if known is not None and known.setting != _SETTINGS[role]:
            problems.add(_misplaced(path, known, role))
            return None
        channels, min_score = self.config.channels, self.config.string_min_score
        if role == "interactions" and is_web_export(path):
            return read_web_export(path, channels, min_score, problems)
        if role == "interactions" and is_links(path):
            symbols = read_symbols(path, self.config.string_info_file, problems)
            return read_links(path, symbols, channels, min_score, problems) if symbols else None
        if role == "annotations" and is_gmt(path):
            return read_gmt(path, problems)
        if role == "annotations" and is_terms(path):
            symbols = read_symbols(path, self.config.string_info_file, problems)
            return read_terms(path, symbols, problems) if symbols else None
        return read_table(path, columns_of(role, self.config), problems)

    def setting(self, role: Role) -> str:
        """Return the name of the setting for the file."""
        return f"CLUSTER_ASSETS_{_SETTINGS[role]}"

    def describe(self) -> Mapping[str, str]:
        """Return the files by role."""
        return {role: ", ".join(map(_state, self.paths(role))) for role in ROLES if self.has(role)}


def _misplaced(path: Path, known: KnownFile, role: Role) -> Problem:
    home = f"; set it as CLUSTER_ASSETS_{known.setting}" if known.setting else ", which is not used"
    what = f"is {known.name}, not what CLUSTER_ASSETS_{_SETTINGS[role]} takes{home}"
    return Problem("columns", path.name, what)


def _state(path: Path) -> str:
    if not path.is_file():
        return f"{path} (file not found)"
    return f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
