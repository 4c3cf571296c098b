"""A source made of tables: files or queries, whichever gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from cluster_assets.core.labels import clean_label
from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.errors import SettingsError
from cluster_assets.sources.annotations import join_annotations
from cluster_assets.sources.clinical_terms import clustered_terms
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.entities import join_entities
from cluster_assets.sources.findings import Finding, Problems, notes
from cluster_assets.sources.hgnc import Hgnc, load_hgnc
from cluster_assets.sources.hpo import HpoSource
from cluster_assets.sources.hpo_files import hpo_files
from cluster_assets.sources.interactions import gene_names, join_interactions
from cluster_assets.sources.joined import join_functional
from cluster_assets.sources.obo import Ontology, load_ontology
from cluster_assets.sources.schemas import Role
from cluster_assets.sources.stamps import stamp_files
from cluster_assets.sources.tables import Table
from cluster_assets.sources.universe import Universe, read_universe, universe_of_names


class Tables(Protocol):
    """Gives the tables by their role."""

    def has(self, role: Role) -> bool:
        """Tell whether there is a table of that role."""
        ...

    def read(self, role: Role, problems: Problems) -> tuple[Table, ...]:
        """Read all tables of that role; what cannot be read is in `problems`."""
        ...

    def setting(self, role: Role) -> str:
        """Return the name of the setting that gives the table."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Say where the tables come from."""
        ...


_NEEDED: Mapping[ClusterType, tuple[Role, ...]] = {
    "functional": ("genes", "interactions", "annotations"),
    "phenotype": ("entities", "entity_phenotypes"),
}


@dataclass(frozen=True)
class TableSource:
    """Genes, interactions, annotations, entities and phenotypes from tables."""

    config: SourceConfig
    tables: Tables
    _found: dict[ClusterType, tuple[Finding, ...]] = field(default_factory=dict, init=False)

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """The types that the tables are there for."""
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
        """The diseases of HPO files of your own, where there is no table of entities."""
        return HpoSource(replace(self.config, kind="hpo"))

    @cached_property
    def _hgnc(self) -> Hgnc | None:
        return load_hgnc(self.config.hgnc_file) if self.config.hgnc_file else None

    @cached_property
    def _ontology(self) -> Ontology:
        return load_ontology(hpo_files(self.config).obo)

    @cached_property
    def _interactions(self) -> tuple[Table, ...]:
        problems = Problems()
        tables = self.tables.read("interactions", problems)
        problems.stop_if_any()
        return tables

    @cached_property
    def _universe(self) -> tuple[Universe, tuple[Finding, ...]]:
        """The genes: those of their own table, else all that the interactions name."""
        problems = Problems()
        if self.tables.has("genes") or self._hgnc is None:
            tables = self.tables.read("genes", problems)
            problems.stop_if_any()
            return read_universe(tables[0], self._hgnc, self.config.filter_value, problems)
        names = gene_names(self._interactions)
        return universe_of_names(names, self._hgnc, "interactions", problems)

    def stamp(self) -> str | None:
        """Return the stamp of the files; queries have none."""
        return stamp_files(self.config) if self.config.kind == "files" else None

    def functional(self) -> FunctionalInput:
        """Read and check genes, interactions and annotations."""
        self._require("functional")
        universe, findings = self._universe
        problems = Problems()
        annotations = self.tables.read("annotations", problems)
        terms = self.tables.read("terms", problems)
        problems.stop_if_any()
        label = self.config.interaction_label
        network = join_interactions(self._interactions, universe, label, problems)
        annotated = join_annotations(
            annotations, terms, universe, self._ontology, problems, self.config.uncertain
        )
        found = (*findings, *network.findings, *annotated.findings)
        self._found["functional"] = found
        return join_functional(universe, network, annotated, self._releases(), found)

    def phenotype(self) -> PhenotypeInput:
        """Read and check entities and their phenotypes, or the HPO files that are set instead."""
        self._require("phenotype")
        if not self._own_entities:
            found = self._diseases.phenotype()
            self._found["phenotype"] = self._diseases.findings("phenotype")
            return found
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
        terms = joined.profiles.terms
        term_ids, missing = clustered_terms(self.config.phenotype_terms, terms)
        found = (*joined.findings, *missing)
        self._found["phenotype"] = found
        return PhenotypeInput(
            entities=joined.entities,
            phenotypes=joined.profiles.long("entity_id"),
            terms=self._ontology.phenotype_table(terms),
            releases={**self._releases(), "HPO": self._ontology.version},
            term_ids=term_ids,
            notes=notes(found),
        )

    def findings(self, cluster_type: ClusterType) -> tuple[Finding, ...]:
        """Return what was set aside, with all ids."""
        if cluster_type not in self._found:
            _ = self.functional() if cluster_type == "functional" else self.phenotype()
        return self._found[cluster_type]

    def symbols(self) -> Mapping[str, str]:
        """Return symbol to gene id of the genes and of the genes of the entities."""
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
            f"a {wanted} clustering from `{self.config.kind}` needs {settings}",
            missing=tuple(missing),
        )

    def describe(self) -> Mapping[str, str]:
        """Return where the tables come from."""
        return {
            "source": self.config.kind,
            **self.tables.describe(),
            "ontology": str(hpo_files(self.config).obo),
            "HGNC table": str(self.config.hgnc_file or "not set"),
        }
