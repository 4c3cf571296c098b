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


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "ncbi_gene_id\tgene_symbol\tassociation_type\tdisease_id",
            "NCBIGene:11\tAA\tMENDELIAN\tOMIM:1",
        ),
        (
            "#Format: entrez-gene-id<tab>entrez-gene-symbol<tab>disease-ID for link",
            "11\tAA\tOMIM:1",
        ),
        ("ncbi_gene_id\tgene_symbol\tdisease_id", "11.0\tAA\tOMIM:1\n-\t-\tOMIM:2"),
    ],
    ids=["prefix", "header of 2022", "float, and a row without a gene"],
)
def test_gene_disease_pairs_of_each_release(config: SourceConfig, header: str, rows: str):
    config.genes_to_phenotype_file.write_text(f"{header}\n{rows}\n")
    assert dict(open_source(config).symbols()) == {"AA": "NCBIGene:11"}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("ncbi_gene_id\tgene_symbol\thpo_id\n11\tAA\tHP:1\n", "CA-213", "later release"),
        (
            "ncbi_gene_id\tgene_symbol\tdisease_id\nAA\t11\tOMIM:1\n",
            "CA-215",
            "`ncbi_gene_id`: 'AA'",
        ),
        ("ncbi_gene_id\tgene_symbol\tdisease_id\n11\tAA\t-\n", "CA-215", "`disease_id`"),
    ],
)
def test_gene_disease_pairs_that_cannot_be_used(
    config: SourceConfig, text: str, code: str, place: str
):
    config.genes_to_phenotype_file.write_text(text)
    with pytest.raises(InputError) as caught:
        open_source(config).functional()
    assert caught.value.code == code
    assert place in caught.value.problems[0]


@pytest.mark.parametrize(
    ("tags", "topic", "told"),
    [
        (
            "replaced_by: HP:0001250\nreplaced_by: HP:0000252",
            "ambiguous_id",
            "HP:0009999: HP:0000252 or HP:0001250",
        ),
        ("consider: HP:0001250", "unknown_id", "HP:0009999, consider HP:0001250"),
        ("replaced_by: HP:0009999", "unknown_id", "HP:0009999"),
        ("name: obsolete X", "unknown_id", "HP:0009999"),
    ],
)
def test_an_obsolete_term_without_one_replacement_is_told(
    tmp_path: Path, tags: str, topic: str, told: str
):
    obo = f"{OBO}\n[Term]\nid: HP:0009999\nis_obsolete: true\n{tags}\n"
    rows = "entity_id\tterm_id\n1\tHP:0009999\n2\tHP:0001250\n"
    source = open_source(write(tmp_path, {"hp.obo": obo, "phenotypes.tsv": rows}))
    (found,) = [n for n in source.notices("phenotype") if "term ids" in n.text]
    assert (found.topic, found.ids) == (topic, (told,))
    assert "not in HPO" not in found.text


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
