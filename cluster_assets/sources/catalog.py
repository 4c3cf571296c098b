"""Which source there is for a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.findings import Finding


class Source(Protocol):
    """Gives the inputs of the clusterings."""

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """The types of clustering that there is data for."""
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
    """Return the source of a configuration; nothing is read yet."""
    if config.kind == "hpo":
        from cluster_assets.sources.hpo import HpoSource

        return HpoSource(config)
    from cluster_assets.sources.files import FileTables
    from cluster_assets.sources.sql import SqlTables
    from cluster_assets.sources.table_source import TableSource

    return TableSource(config, FileTables(config) if config.kind == "files" else SqlTables(config))
