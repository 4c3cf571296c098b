"""What all data sources share: the reference data, and the notices of what was loaded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded.hpo_files import HpoFiles, hpo_files
from cluster_assets.sources.formats.hgnc import Hgnc, load_hgnc
from cluster_assets.sources.formats.obo import Ontology, load_ontology
from cluster_assets.sources.notices import Notice


@dataclass(frozen=True)
class LoadedSource(ABC):
    """A data source that remembers the notices of each input that it loaded."""

    config: SourceConfig
    _notices: dict[ClusterType, tuple[Notice, ...]] = field(default_factory=dict, init=False)

    @cached_property
    def _files(self) -> HpoFiles:
        return hpo_files(self.config)

    @cached_property
    def _ontology(self) -> Ontology:
        return load_ontology(self._files.obo)

    @cached_property
    def _hgnc(self) -> Hgnc | None:
        return load_hgnc(self.config.hgnc_file) if self.config.hgnc_file else None

    @abstractmethod
    def _load_functional(self) -> tuple[FunctionalInput, tuple[Notice, ...]]: ...

    @abstractmethod
    def _load_phenotype(self) -> tuple[PhenotypeInput, tuple[Notice, ...]]: ...

    def functional(self) -> FunctionalInput:
        """Return genes with their interactions and annotations."""
        loaded, self._notices["functional"] = self._load_functional()
        return loaded

    def phenotype(self) -> PhenotypeInput:
        """Return disease entities with their phenotypes."""
        loaded, self._notices["phenotype"] = self._load_phenotype()
        return loaded

    def notices(self, cluster_type: ClusterType) -> tuple[Notice, ...]:
        """Return what was set aside, with all ids; loads the input if that has not happened."""
        if cluster_type not in self._notices:
            _ = self.functional() if cluster_type == "functional" else self.phenotype()
        return self._notices[cluster_type]
