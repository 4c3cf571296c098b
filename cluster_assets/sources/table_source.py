"""A data source made of the user's tables, from files or from SQL queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cluster_assets.core.labels import clean_label
from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.errors import SettingsError
from cluster_assets.sources.base import LoadedSource
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.hpo import HpoSource
from cluster_assets.sources.joining.annotations import join_annotations
from cluster_assets.sources.joining.entities import join_entities
from cluster_assets.sources.joining.inputs import join_functional, join_phenotype
from cluster_assets.sources.joining.interactions import gene_names, join_interactions
from cluster_assets.sources.joining.universe import Universe, read_universe, universe_of_names
from cluster_assets.sources.notices import Notice
from cluster_assets.sources.problems import Problems
from cluster_assets.sources.stamps import stamp_files
from cluster_assets.sources.tables import Tables, open_tables
from cluster_assets.sources.tables.schemas import Role

_NEEDED: Mapping[ClusterType, tuple[Role, ...]] = {
    "functional": ("genes", "interactions", "annotations"),
    "phenotype": ("entities", "entity_phenotypes"),
}


@dataclass(frozen=True)
class TableSource(LoadedSource):
    """Genes, interactions, annotations, entities and phenotypes from tables."""

    @cached_property
    def tables(self) -> Tables:
        """The tables by role."""
        return open_tables(self.config)

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """The cluster types that the tables suffice for."""
        has = self.tables.has
        named = has("genes") or self.config.hgnc_file is not None
        types: list[ClusterType] = []
        if named and has("interactions") and has("annotations"):
            types.append("functional")
        if self._own_entities or self.config.hpoa_file is not None:
            types.append("phenotype")
        return tuple(types)

    @property
    def _own_entities(self) -> bool:
        return self.tables.has("entities") and self.tables.has("entity_phenotypes")

    @cached_property
    def _diseases(self) -> HpoSource:
        """The diseases of the user's own HPO files, when there is no table of entities."""
        return HpoSource(self.config.model_copy(update={"source": "hpo"}))

    @cached_property
    def _interactions(self) -> tuple[Table, ...]:
        problems = Problems()
        tables = self.tables.read("interactions", problems)
        problems.stop_if_any()
        return tables

    @cached_property
    def _universe(self) -> tuple[Universe, tuple[Notice, ...]]:
        """The genes: those of their own table, else all genes that the interactions name."""
        problems = Problems()
        if self.tables.has("genes") or self._hgnc is None:
            tables = self.tables.read("genes", problems)
            problems.stop_if_any()
            return read_universe(tables[0], self._hgnc, self.config.filter_value, problems)
        names = gene_names(self._interactions)
        return universe_of_names(names, self._hgnc, "interactions", problems)

    def stamp(self) -> str | None:
        """Return the stamp of the files; SQL queries have none."""
        return stamp_files(self.config) if self.config.source == "files" else None

    def _load_functional(self) -> tuple[FunctionalInput, tuple[Notice, ...]]:
        self._require("functional")
        universe, notices = self._universe
        problems = Problems()
        annotations = self.tables.read("annotations", problems)
        terms = self.tables.read("terms", problems)
        problems.stop_if_any()
        label = self.config.interaction_label
        network = join_interactions(self._interactions, universe, label, problems)
        annotated = join_annotations(
            annotations, terms, universe, self._ontology, problems, self.config.uncertain
        )
        return join_functional(universe, network, annotated, self._releases(), notices)

    def _load_phenotype(self) -> tuple[PhenotypeInput, tuple[Notice, ...]]:
        self._require("phenotype")
        if not self._own_entities:
            return self._diseases.phenotype(), self._diseases.notices("phenotype")
        problems = Problems()
        entities = self.tables.read("entities", problems)
        phenotypes = self.tables.read("entity_phenotypes", problems)
        problems.stop_if_any()
        joined = join_entities(
            entities[0],
            phenotypes[0],
            self._ontology,
            self._hgnc,
            problems,
            self.config.uncertain,
        )
        return join_phenotype(
            joined.entities,
            joined.profiles.long("entity_id"),
            joined.profiles,
            self._ontology,
            self.config.phenotype_terms,
            {**self._releases(), "HPO": self._ontology.version},
            joined.notices,
        )

    def symbols(self) -> Mapping[str, str]:
        """Return a mapping from symbol to gene id, of the table of genes and of the entities."""
        found: dict[str, str] = {}
        if "phenotype" in self.available:
            named = self.phenotype().entities.dropna(subset=["gene_id", "symbol"])
            found.update(zip(named["symbol"], named["gene_id"], strict=True))
        if "functional" in self.available:
            genes = self._universe[0].genes
            found.update(zip(genes["symbol"], genes["gene_id"], strict=True))
        return found

    def _releases(self) -> dict[str, str]:
        release = self.config.data_release
        return {} if release is None else {"data": clean_label(release)}

    def _require(self, wanted: ClusterType) -> None:
        if wanted in self.available:
            return
        missing: list[Role] = [role for role in _NEEDED[wanted] if not self.tables.has(role)]
        settings = " and ".join(self.tables.setting(role) for role in missing)
        raise SettingsError(
            "CA-120",
            f"a {wanted} clustering from `{self.config.source}` needs {settings}",
            missing=tuple(missing),
        )

    def describe(self) -> Mapping[str, str]:
        """Return where the tables come from."""
        return {
            "source": self.config.source,
            **self.tables.describe(),
            "ontology": str(self._files.obo),
            "HGNC table": str(self.config.hgnc_file or "not set"),
        }
