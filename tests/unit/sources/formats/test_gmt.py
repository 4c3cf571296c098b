"""Gene sets in GMT files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import open_source
from support.source_tables import write


def annotated(
    tmp_path: Path, text: str, name: str = "GO_Biological_Process_2023.gmt", **changes: str
):
    config = write(tmp_path, {name: text, **changes})
    config = config.model_copy(update={"annotations_files": (tmp_path / name,), "terms_file": None})
    return open_source(config)


@dataclass(frozen=True)
class Case:
    line: str
    term_id: str
    label: str


@pytest.mark.parametrize(
    "case",
    [
        Case("Ion Transport (GO:0006811)\t\tAA", "GO:0006811", "Ion Transport"),
        Case("2-LTR Formation R-HSA-164843\t\tAA", "R-HSA-164843", "2-LTR Formation"),
        Case("Glutathione Metabolism WP100\t\tAA", "WP100", "Glutathione Metabolism"),
        Case("Apoptosis\tR-HSA-109581\tAA", "R-HSA-109581", "Apoptosis"),
        Case("HALLMARK_HYPOXIA\thttp://x.org\tAA", "HALLMARK_HYPOXIA", "HALLMARK HYPOXIA"),
        Case("My set\tof mine\tAA,1.0", "My set", "My set"),
    ],
)
def test_id_and_label(tmp_path: Path, case: Case):
    found = annotated(tmp_path, case.line + "\n").functional()
    assert found.terms.to_numpy().tolist() == [
        [case.term_id, case.label, "GO_Biological_Process_2023"]
    ]
    assert found.annotations["gene_id"].tolist() == ["HGNC:1"]


@pytest.mark.parametrize(
    ("text", "name", "sets"),
    [
        ("A\t\tAA,1.0\tBB,-2e-3\r\n", "lib.gmt", {"A": 2}),
        ("A\t\tAA\nB\t\t\n", "lib.gmt", {"A": 1}),
        ("A\t\tAA\nA\t\tAA\n", "lib.gmt", {"A": 1}),
        ("A\tof mine\tAA\nB\tR-HSA-1\tBB\n", "lib.gmt", {"A": 1, "R-HSA-1": 1}),
        ("A WP1\t\tAA\nB WP1\t\tBB\n", "lib.gmt", {"A WP1": 1, "B WP1": 1}),
        ("Axon (GO:0007409)\t\tAA\tBB\n", "GO_2023.txt", {"GO:0007409": 2}),
        ("A\thttps://x.org\tAA\n", "msigdb.txt", {"A": 1}),
    ],
    ids=["weights", "empty set", "a set twice", "accession", "one accession", "Enrichr", "MSigDB"],
)
def test_sets_are_read_whole(tmp_path: Path, text: str, name: str, sets: dict[str, int]):
    source = annotated(tmp_path, text, name)
    found = source.functional()
    assert found.annotations.groupby("term_id")["gene_id"].nunique().to_dict() == sets
    assert set(found.terms["source"]) == {name.rpartition(".")[0]}
    empty = [n.ids for n in source.notices("functional") if n.topic == "excluded"]
    assert empty == ([("B",)] if "B\t\t\n" in text else [])


def test_unknown_symbols_are_reported(tmp_path: Path):
    source = annotated(tmp_path, "A\t\tAA\tNOPE\n\nB\t\tBB\tAA\t\n")
    assert len(source.functional().annotations) == 3
    assert [(f.topic, f.ids) for f in source.notices("functional") if f.ids] == [
        ("outside", ("NOPE",))
    ]


def test_numbers_are_ncbi_ids(tmp_path: Path):
    genes = {"genes.tsv": "gene_id\tsymbol\nNCBIGene:1\tAA\nNCBIGene:2\tBB\n"}
    edges = {"interactions.tsv": "gene_a\tgene_b\nNCBIGene:1\tNCBIGene:2\n"}
    found = annotated(tmp_path, "A\t\t1\t2\n", **genes, **edges).functional()
    assert found.annotations["gene_id"].tolist() == ["NCBIGene:1", "NCBIGene:2"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("A\t\tAA\nonly a name\n", "CA-214", "line 2"),
        ("A\t\tAA\n\nB\tno genes\t\n", "CA-214", "line 3"),
        ("", "CA-212", ".gmt"),
        (
            "A\t\tNOPE\n",
            "CA-217",
            "no row links a clustered gene to a term with a label; NOPE",
        ),
        ("S\tAAA\tBB\tCC\nT\tBB1\tCC\n", "CA-214", "2 of 2 lines (AAA"),
        ("A\t\tAA\nB\t\tAA,BB\n", "CA-214", "line 2: 'AA,BB' is several genes"),
        ("A\t\tAA\n\nA\t\tBB\n", "CA-216", "line 3: 'A' is the name of another set in line 1"),
    ],
)
def test_unusable(tmp_path: Path, text: str, code: str, place: str):
    with pytest.raises(InputError) as caught:
        annotated(tmp_path, text).functional()
    assert caught.value.code == code
    assert place in caught.value.problems[0]


def test_broken_encoding_names_the_line(tmp_path: Path):
    path = tmp_path / "sets.gmt"
    config = write(tmp_path).model_copy(update={"annotations_files": (path,), "terms_file": None})
    path.write_bytes(b"A\t\tAA\nB\xe4\t\tAA\n")
    with pytest.raises(InputError) as caught:
        open_source(config).functional()
    assert caught.value.code == "CA-211"
    assert "line 2" in caught.value.problems[0]
