"""HPO files of the user: any root, both sources, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_assets.core.clustering.frames import check_functional, check_phenotype
from cluster_assets.errors import InputError, SettingsError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.notices import report_table
from support.source_tables import OBO, write

HPOA = """\
#version: 2024-12-12
database_id\tdisease_name\tqualifier\thpo_id\tfrequency
OMIM:1\tOne\t\tHP:0001250\t1/2
OMIM:1\tOne\t\tHP:0000006\t
OMIM:2\tTwo\t\tHP:0001250\t
OMIM:2\tTwo\t\tHP:0000252\t
OMIM:3\tThree\t\tHP:0000252\t
OMIM:4\tFour\tNOT\tHP:0001250\t
"""
PAIRS = """\
ncbi_gene_id\tgene_symbol\tdisease_id
11\tAA\tOMIM:1
12\tBB\tOMIM:2
13\tCC\tOMIM:2
14\tDD\tOMIM:4
"""


@pytest.fixture
def config(tmp_path: Path) -> SourceConfig:
    files = {"hp.obo": OBO, "phenotype.hpoa": HPOA, "genes_to_phenotype.txt": PAIRS}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return SourceConfig(
        obo_file=tmp_path / "hp.obo",
        hpoa_file=tmp_path / "phenotype.hpoa",
        genes_to_phenotype_file=tmp_path / "genes_to_phenotype.txt",
        hpo_root="HP:0001250",
    )


def test_diseases_and_genes_below_the_root(config: SourceConfig):
    source = open_source(config)
    functional, phenotype = source.functional(), source.phenotype()
    check_functional(functional)
    check_phenotype(phenotype)
    assert functional.genes["symbol"].tolist() == ["AA", "BB", "CC"]
    assert phenotype.entities["entity_id"].tolist() == [
        "NCBIGene:11|OMIM:1|HP:0000006",
        "-|OMIM:2|-",  # two genes, so none
    ]
    assert phenotype.releases == {"HPO": "2025-01-16", "HPO annotations": "2024-12-12"}


def test_the_report_lists_every_id(config: SourceConfig):
    report = report_table(open_source(config).notices("phenotype"))
    assert report[["kind", "id"]].to_numpy().tolist() == [["ambiguous_id", "OMIM:2"]]


@pytest.mark.parametrize("root", ["HP:0000006", "HP:7777777", "seizure"])
@pytest.mark.parametrize("cluster_type", ["functional", "phenotype"])
def test_a_root_that_nobody_has(config: SourceConfig, root: str, cluster_type: str):
    source = open_source(config.model_copy(update={"hpo_root": root}))
    with pytest.raises(InputError) as caught:
        getattr(source, cluster_type)()
    assert caught.value.code == "CA-217"
    assert caught.value.context["hpo_root"] == root


def test_tables_that_would_be_ignored_are_refused(config: SourceConfig, tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        open_source(
            config.model_copy(update={"genes_file": tmp_path / "genes.tsv", "genes_filter": "a=b"})
        )
    assert caught.value.code == "CA-122"
    assert caught.value.context["unused"] == ("genes_file", "genes_filter")


def test_own_interactions_take_the_place_of_similarity(config: SourceConfig, tmp_path: Path):
    path = tmp_path / "edges.tsv"
    path.write_text("gene_a\tgene_b\nNCBIGene:11\tNCBIGene:13\n")
    found = open_source(config.model_copy(update={"interactions_files": (path,)})).functional()
    assert found.interactions.to_numpy().tolist() == [["NCBIGene:11", "NCBIGene:13", 1.0]]
    assert found.interaction_label == "interaction"


def test_own_annotations_come_on_top_of_hpo(config: SourceConfig, tmp_path: Path):
    path = tmp_path / "sets.gmt"
    path.write_text("My set\t\tAA\tBB\tZZ\n")
    found = open_source(config.model_copy(update={"annotations_files": (path,)})).functional()
    check_functional(found)
    assert found.annotations.groupby("source")["gene_id"].nunique().to_dict() == {
        "HPO": 3,
        "sets": 2,
    }
    assert "sets.gmt: genes that are not clustered, left out: 1 (ZZ)" in found.notes


def test_files_may_take_their_diseases_from_hpo(config: SourceConfig, tmp_path: Path):
    files = write(tmp_path).model_copy(
        update={"entities_file": None, "hpoa_file": config.hpoa_file}
    )
    files = files.model_copy(
        update={"hpo_root": "HP:0001250", "genes_to_phenotype_file": config.genes_to_phenotype_file}
    )
    source = open_source(files)
    assert source.available == ("functional", "phenotype")
    assert source.phenotype().entities["disease_id"].tolist() == ["OMIM:1", "OMIM:2"]
    assert source.notices("phenotype")
    assert source.symbols()["AA"] == "HGNC:1"  # the table of genes comes first
