"""Disease annotations: what counts as recorded, inheritance, names, wrong rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_assets.errors import InputError
from cluster_assets.sources.formats.hpoa import (
    read_disease_annotations,
    read_gene_disease_pairs,
)
from cluster_assets.sources.formats.obo import Ontology

LABELS = {
    "HP:0000118": "Phenotypic abnormality",
    "HP:0001250": "Seizure",
    "HP:0000005": "Mode of inheritance",
    "HP:0000006": "Autosomal dominant inheritance",
    "HP:0000007": "Autosomal recessive inheritance",
    "HP:0001417": "X-linked inheritance",
    "HP:0001419": "X-linked recessive inheritance",
    "HP:0034335": "Inheritance qualifier",
    "HP:0003829": "Typified by incomplete penetrance",
    "HP:0031797": "Clinical course",
}
PARENTS = {
    "HP:0001250": ("HP:0000118",),
    "HP:0000006": ("HP:0000005",),
    "HP:0000007": ("HP:0000005",),
    "HP:0001417": ("HP:0000005",),
    "HP:0001419": ("HP:0001417",),
    "HP:0034335": ("HP:0000005",),
    "HP:0003829": ("HP:0034335",),
}
ONTOLOGY = Ontology("2025-01-16", LABELS, PARENTS, {}, {"HP:0002279": ("HP:0001250",)}, {})
HEADER = "database_id\tdisease_name\tqualifier\thpo_id\tfrequency"


def write(tmp_path: Path, *rows: str, header: str = f"#version: 2025-01-16\n{HEADER}") -> Path:
    path = tmp_path / "phenotype.hpoa"
    path.write_text("\n".join([header, *rows, ""]))
    return path


def test_only_positive_phenotypes_in_scope_are_kept(tmp_path: Path):
    path = write(
        tmp_path,
        "OMIM:1\tOne\t\tHP:0001250\t1/2",
        "OMIM:1\tOne\t\tHP:0002279\t",  # alternative id of the same term
        "OMIM:2\tTwo\tNOT\tHP:0001250\t",
        "OMIM:3\tThree\t\tHP:0001250\t0/3",
        "OMIM:4\tFour\t\tHP:0031797\t",  # no phenotypic abnormality
        "OMIM:5\tFive\t\tHP:7777777\t",  # not in the ontology
    )
    annotations = read_disease_annotations(path, ONTOLOGY)
    assert annotations.version == "2025-01-16"
    assert annotations.phenotypes.to_numpy().tolist() == [["OMIM:1", "HP:0001250"]]
    assert {(notice.topic, notice.ids) for notice in annotations.notices} == {
        ("excluded", ()),
        ("present", ()),
        ("renamed_id", ("HP:0002279 -> HP:0001250",)),
        ("unknown_id", ("HP:7777777",)),
    }


def test_inheritance_is_the_most_special_single_mode(tmp_path: Path):
    path = write(
        tmp_path,
        "OMIM:1\tOne\t\tHP:0000006\t",
        "OMIM:1\tOne\t\tHP:0003829\t",  # a qualifier
        "OMIM:2\tTwo\t\tHP:0001417\t",
        "OMIM:2\tTwo\t\tHP:0001419\t",  # more special than the one above
        "OMIM:3\tThree\t\tHP:0000006\t",
        "OMIM:3\tThree\t\tHP:0000007\t",
        "OMIM:4\tFour\tNOT\tHP:0000006\t",
    )
    annotations = read_disease_annotations(path, ONTOLOGY)
    assert annotations.inheritance.to_dict() == {"OMIM:1": "HP:0000006", "OMIM:2": "HP:0001419"}
    assert annotations.several_modes == {"OMIM:3"}


def test_a_disease_has_one_name_in_any_order(tmp_path: Path):
    rows = ["OMIM:1\tB\t\tHP:0001250\t", "OMIM:1\tA\t\tHP:0001250\t", "OMIM:1\tB\t\tHP:0000006\t"]
    for order in (rows, rows[::-1]):
        names = read_disease_annotations(write(tmp_path, *order), ONTOLOGY).names
        assert names.to_dict() == {"OMIM:1": "B"}


def test_header_of_older_releases(tmp_path: Path):
    header = "#date: 2020-10-12\n#DatabaseID\tDiseaseName\tQualifier\tHPO_ID\tFrequency"
    path = write(tmp_path, "OMIM:1\tOne\t\tHP:0001250\t", header=header)
    annotations = read_disease_annotations(path, ONTOLOGY)
    assert annotations.version == "2020-10-12"
    assert len(annotations.phenotypes) == 1


@pytest.mark.parametrize(
    ("rows", "code", "place"),
    [
        (["OMIM619340\tOne\t\tHP:0001250\t"], "CA-215", "line 3, column `database_id`"),
        (["OMIM:1\tOne\tHP:0001250"], "CA-214", "line 3"),
        ([], "CA-212", "phenotype.hpoa"),
    ],
)
def test_unusable_rows(tmp_path: Path, rows: list[str], code: str, place: str):
    with pytest.raises(InputError) as caught:
        read_disease_annotations(write(tmp_path, *rows), ONTOLOGY)
    assert caught.value.code == code
    assert place in caught.value.problems[0]


def test_pairs_are_unique(tmp_path: Path):
    path = tmp_path / "genes_to_phenotype.txt"
    path.write_text(
        "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n"
        "16\tAARS1\tHP:1\ta\t-\tOMIM:1\n16\tAARS1\tHP:2\tb\t-\tOMIM:1\n16\tAARS1\tHP:2\tb\t-\tOMIM:2\n"
    )
    pairs, _ = read_gene_disease_pairs(path)
    assert pairs.to_numpy().tolist() == [["16", "AARS1", "OMIM:1"], ["16", "AARS1", "OMIM:2"]]
