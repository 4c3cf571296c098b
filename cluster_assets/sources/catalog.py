"""Picks the data source that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.errors import SettingsError
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.notices import Notice

_TABLES_ONLY = ("genes_file", "genes_filter", "entities_file", "entity_phenotypes_file")


class Source(Protocol):
    """A data source: gives the inputs of the clusterings."""

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """The cluster types that there is data for."""
        ...

    def stamp(self) -> str | None:
        """Return a digest of everything that would be read; None when there cannot be one."""
        ...

    def functional(self) -> FunctionalInput:
        """Load genes, interactions and annotations.

        Raises:
            InputError: `CA-210` to `CA-219`; one message with all problems.
        """
        ...

    def phenotype(self) -> PhenotypeInput:
        """Load entities and their phenotypes.

        Raises:
            InputError: as `functional`.
        """
        ...

    def notices(self, cluster_type: ClusterType) -> tuple[Notice, ...]:
        """Return what was left out, merged or renamed, with all ids; loads the data if needed.

        Raises:
            InputError: as `functional`.
        """
        ...

    def symbols(self) -> Mapping[str, str]:
        """Return a mapping from symbol to gene id for all genes that the source knows.

        Raises:
            InputError: as `functional`.
        """
        ...

    def describe(self) -> Mapping[str, str]:
        """Return where the data comes from, for `doctor`."""
        ...


def open_source(config: SourceConfig) -> Source:
    """Return the data source of a configuration; nothing is read yet.

    Raises:
        SettingsError: `CA-122` when settings are set that this source does not use.
    """
    if config.source == "hpo":
        _refuse_unused(config)
        from cluster_assets.sources.hpo import HpoSource

        return HpoSource(config)
    from cluster_assets.sources.table_source import TableSource

    return TableSource(config)


def _refuse_unused(config: SourceConfig) -> None:
    """Refuse settings that would have no effect, before somebody relies on them."""
    unused = [name for name in _TABLES_ONLY if getattr(config, name) is not None]
    if unused:
        settings = " and ".join(f"`CLUSTER_ASSETS_{name.upper()}`" for name in unused)
        raise SettingsError(
            "CA-122",
            f"the source `hpo` does not use {settings}; set CLUSTER_ASSETS_SOURCE=files",
            unused=tuple(unused),
        )
