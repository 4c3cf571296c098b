"""The default source on the HPO release that the package brings."""

from __future__ import annotations

import time
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cluster_assets.core.identity import normalise_member
from cluster_assets.core.models import FunctionalInput, PhenotypeInput
from cluster_assets.core.summary.checks.checker import VOCABULARY_GROUP, installed_checker
from cluster_assets.sources.catalog import Source, open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded.clinical_terms import CLINICAL_TERMS
from cluster_assets.sources.hpo import HpoSource
from cluster_assets.sources.vocabulary import embedded_vocabulary, load_vocabulary


@pytest.fixture(scope="module")
def source() -> Source:
    return open_source(SourceConfig())


@pytest.fixture(scope="module")
def functional(source: Source) -> FunctionalInput:
    return source.functional()


@pytest.fixture(scope="module")
def phenotype(source: Source) -> PhenotypeInput:
    return source.phenotype()


def test_counts_of_the_release(functional: FunctionalInput, phenotype: PhenotypeInput):
    assert functional.releases == phenotype.releases == {"HPO": "2025-01-16"}
    assert len(functional.genes) == 2857
    assert len(phenotype.entities) == 4829
    assert len(phenotype.phenotypes) == 625_128
    share = phenotype.phenotypes["term_id"].value_counts() / len(phenotype.entities)
    assert int(share.between(0.05, 0.95).sum()) == 524


def test_functional_frames_fit_together(functional: FunctionalInput):
    genes = set(functional.genes["gene_id"])
    assert functional.namespace == "NCBIGene"
    assert functional.genes["gene_id"].is_unique
    assert functional.genes["symbol"].is_unique
    assert functional.genes.notna().all(axis=None)
    assert set(functional.interactions["gene_a"]) | set(functional.interactions["gene_b"]) <= genes
    assert functional.interactions["weight"].dtype == np.float64
    assert set(functional.annotations["gene_id"]) == genes
    assert not functional.annotations.duplicated().any()
    assert set(functional.annotations["term_id"]) == set(functional.terms["term_id"])
    assert functional.terms["label"].notna().all()


def test_the_network_is_named_for_what_it_is(functional: FunctionalInput):
    assert functional.interaction_label == "HPO similarity"
    assert any("not by interactions" in note for note in functional.notes)


def test_phenotype_frames_fit_together(phenotype: PhenotypeInput):
    entities = phenotype.entities
    assert entities["entity_id"].is_unique
    assert list(entities["entity_id"]) == [
        normalise_member(key, "entity") for key in entities["entity_id"]
    ]
    assert set(phenotype.phenotypes["entity_id"]) == set(entities["entity_id"])
    assert not phenotype.phenotypes.duplicated().any()
    known = set(phenotype.terms["term_id"])
    assert set(phenotype.phenotypes["term_id"]) <= known
    assert set(entities["inheritance_id"].dropna()) <= known
    assert phenotype.terms["label"].notna().all()
    assert entities["disease_name"].notna().all()


def test_every_entity_has_the_term_that_selected_it(phenotype: PhenotypeInput):
    has = phenotype.phenotypes.query("term_id == 'HP:0012759'")["entity_id"]
    assert set(has) == set(phenotype.entities["entity_id"])


def test_absent_phenotypes_are_counted(phenotype: PhenotypeInput):
    assert any(note.endswith("left out: 2,711 of 271,702") for note in phenotype.notes)


def test_clinical_terms(phenotype: PhenotypeInput):
    clinical = open_source(SourceConfig(phenotype_terms="clinical")).phenotype()
    assert phenotype.term_ids == ()
    assert set(CLINICAL_TERMS) - set(clinical.term_ids) == {"HP:0003676", "HP:0011420"}
    share = clinical.phenotypes["term_id"].value_counts() / len(clinical.entities)
    assert sum(0.05 <= share[term] <= 0.95 for term in clinical.term_ids) == 28


def test_inheritance_is_a_single_mode(phenotype: PhenotypeInput):
    modes = phenotype.entities["inheritance_id"].value_counts()
    assert list(modes.index[:2]) == ["HP:0000007", "HP:0000006"]
    qualifiers = {"HP:0003829", "HP:0025352", "HP:0001466", "HP:0001442", "HP:0003743"}
    assert not qualifiers & set(modes.index)


@pytest.mark.real_data
def test_hgnc_ids(shared_data: Path, phenotype: PhenotypeInput):
    config = SourceConfig(hgnc_file=shared_data / "ndd" / "hgnc.tsv.gz")
    source = open_source(config)
    functional, mapped = source.functional(), source.phenotype()
    assert functional.namespace == "HGNC"
    assert functional.genes["gene_id"].str.fullmatch(r"HGNC:\d+").all()
    assert len(functional.genes) == 2854
    assert any("HGNC does not know, left out: 7" in note for note in functional.notes)
    shank3 = functional.genes.query("symbol == 'SHANK3'")["gene_id"]
    assert list(shank3) == ["HGNC:14294"]
    # A gene that HGNC does not know must not make another gene of the disease its only one.
    assert mapped.entities["gene_id"].notna().sum() <= phenotype.entities["gene_id"].notna().sum()


def test_two_loads_are_the_same(functional: FunctionalInput):
    again = HpoSource(SourceConfig()).functional()
    pd.testing.assert_frame_equal(again.interactions, functional.interactions)
    pd.testing.assert_frame_equal(again.annotations, functional.annotations)


def test_vocabulary_without_hgnc(source: Source):
    vocabulary = load_vocabulary(SourceConfig())
    assert vocabulary.labels["HP:0001250"] == "Seizure"
    assert vocabulary.labels["HP:0000007"] == "Autosomal recessive inheritance"
    assert "HP:0003676" not in vocabulary.labels  # clinical course, no phenotype
    assert "Epileptic seizure" in vocabulary.synonyms["HP:0001250"]
    assert vocabulary.symbols["SHANK3"] == "NCBIGene:85358"
    assert load_vocabulary(SourceConfig()) is vocabulary


def test_the_installed_vocabulary_is_the_embedded_one(source: Source):
    points = list(entry_points(group=VOCABULARY_GROUP))
    assert [point.load() for point in points] == [embedded_vocabulary]
    assert installed_checker().vocabulary.labels["HP:0001250"] == "Seizure"


@pytest.mark.real_data
def test_vocabulary_with_hgnc(shared_data: Path):
    vocabulary = load_vocabulary(SourceConfig(hgnc_file=shared_data / "ndd" / "hgnc.tsv.gz"))
    assert vocabulary.symbols["SHANK3"] == "HGNC:14294"
    assert "HGNC:14294" in vocabulary.aliases["prosap2"]
    assert vocabulary.gene_names["HGNC:14294"] == "SH3 and multiple ankyrin repeat domains 3"


def test_describe_names_the_files(source: Source):
    assert "2025-01-16" in source.describe()["ontology"]
    assert source.available == ("functional", "phenotype")


@pytest.mark.slow  # measures time, which a busy machine takes
def test_loading_both_is_quick():
    # 3.6 s of CPU time on an idle machine; the limit leaves room for a slower one.
    start = time.process_time()
    source = open_source(SourceConfig())
    source.functional()
    source.phenotype()
    assert time.process_time() - start < 15
