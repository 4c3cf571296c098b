"""Which source there is for a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.errors import SettingsError
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.findings import Finding

_TABLES_ONLY = ("genes_file", "genes_filter", "entities_file", "entity_phenotypes_file")


class Source(Protocol):
    """Gives the inputs of the clusterings."""

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """The types of clustering that there is data for."""
        ...

    def stamp(self) -> str | None:
        """Return a digest that changes with anything that would be read; None when none can."""
        ...

    def functional(self) -> FunctionalInput:
        """Load genes, interactions and annotations.

        Raises:
            InputError: `CA-210` to `CA-219`; all problems that were found in one message.
        """
        ...

    def phenotype(self) -> PhenotypeInput:
        """Load entities and their phenotypes.

        Raises:
            InputError: as `functional`.
        """
        ...

    def findings(self, cluster_type: ClusterType) -> tuple[Finding, ...]:
        """Return what was left out, merged or renamed, with all ids; loads the data if need be.

        Raises:
            InputError: as `functional`.
        """
        ...

    def symbols(self) -> Mapping[str, str]:
        """Return symbol to gene id of all genes that the source knows.

        Raises:
            InputError: as `functional`.
        """
        ...

    def describe(self) -> Mapping[str, str]:
        """Say where the data comes from, for `doctor`."""
        ...


def open_source(config: SourceConfig) -> Source:
    """Return the source of a configuration; nothing is read yet.

    Raises:
        SettingsError: `CA-122` when tables are set that this source would not look at.
    """
    if config.kind == "hpo":
        _refuse_unused(config)
        from cluster_assets.sources.hpo import HpoSource

        return HpoSource(config)
    from cluster_assets.sources.files import FileTables
    from cluster_assets.sources.sql import SqlTables
    from cluster_assets.sources.table_source import TableSource

    return TableSource(config, FileTables(config) if config.kind == "files" else SqlTables(config))


def _refuse_unused(config: SourceConfig) -> None:
    """Refuse settings that would be without effect, before somebody trusts in them."""
    unused = [name for name in _TABLES_ONLY if getattr(config, name) is not None]
    if unused:
        settings = " and ".join(f"`CLUSTER_ASSETS_{name.upper()}`" for name in unused)
        raise SettingsError(
            "CA-122",
            f"the source `hpo` does not use {settings}; set CLUSTER_ASSETS_SOURCE=files",
            unused=tuple(unused),
        )
