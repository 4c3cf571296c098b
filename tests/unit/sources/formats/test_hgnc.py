"""HGNC's table: what an id or symbol stands for, and what is reported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster_assets.errors import InputError
from cluster_assets.sources.embedded.gene_names import name_genes
from cluster_assets.sources.formats.hgnc import load_hgnc, map_genes
from cluster_assets.sources.formats.hpoa import read_gene_disease_pairs

# As the complete set is downloaded: lists in quotes, separated by `|`.
COMPLETE_SET = """\
hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tdate_modified
HGNC:5\tA1BG\talpha-1-B glycoprotein\tApproved\t\t\t1\t2023-01-20
HGNC:7\tA2M\talpha-2-macroglobulin\tApproved\t"FWP007|S863-7"\tOLD1\t2\t2024-10-01
HGNC:8\tA2MP1\tpseudogene 1\tApproved\tFWP007\tOLD1|OLD2\t3\t2014-06-10
HGNC:9\tCAD\tcarbamoyl\tApproved\tA2M\t\t\t
"""
# With withdrawn entries and lists separated by commas.
WITH_WITHDRAWN = """\
hgnc_id\tsymbol\tname\tstatus\talias_symbols\tprevious_symbols
HGNC:5\tA1BG\talpha-1-B glycoprotein\tApproved\tABG, GAB\t
HGNC:6\tA1S9T\tsymbol withdrawn, see [HGNC:5](/data/x)\tSymbol Withdrawn\t\t
HGNC:4\tA1S8T\tsymbol withdrawn, see [HGNC:6](/data/x)\tSymbol Withdrawn\t\t
HGNC:3\tEIF4\teukaryotic\tEntry Withdrawn\t\t
"""


def load(tmp_path: Path, text: str):
    path = tmp_path / "hgnc.txt"
    path.write_text(text)
    return load_hgnc(path)


@dataclass(frozen=True)
class Case:
    gene: str
    ids: set[str]
    symbol: str | None = None


@pytest.mark.parametrize(
    "case",
    [
        Case("HGNC:5", {"HGNC:5"}),
        Case("HGNC:99", set()),
        Case("NCBIGene:2", {"HGNC:7"}),
        Case("NCBIGene:2", {"HGNC:7"}, symbol="A1BG"),  # the id counts, not the symbol
        Case("NCBIGene:77", {"HGNC:5"}, symbol="A1BG"),
        Case("NCBIGene:77", set()),
        Case("A2M", {"HGNC:7"}),  # an approved symbol beats the alias of HGNC:9
        Case("OLD2", {"HGNC:8"}),
        Case("OLD1", {"HGNC:7", "HGNC:8"}),
        Case("FWP007", {"HGNC:7", "HGNC:8"}),
        Case("S863-7", {"HGNC:7"}),
        Case("a2m", set()),  # symbols are told apart by case
        Case("", set()),
    ],
)
def test_candidates(tmp_path: Path, case: Case):
    assert load(tmp_path, COMPLETE_SET).candidates(case.gene, case.symbol) == case.ids


@pytest.mark.parametrize("name", ["", "-", " ", "nan", "NCBIGene:999999"])
def test_no_name_is_no_gene_even_where_an_alias_reads_as_a_number(tmp_path: Path, name: str):
    table = "hgnc_id\tsymbol\talias_symbol\nHGNC:6404\tKPTN\t2E4\n"
    hgnc = load(tmp_path, table)
    assert hgnc.candidates(name) == hgnc.candidates("NCBIGene:10108", name) == set()
    assert hgnc.candidates("2E+04") == {"HGNC:6404"}


def test_withdrawn_entries_lead_to_the_one_they_were_merged_into(tmp_path: Path):
    hgnc = load(tmp_path, WITH_WITHDRAWN)
    assert hgnc.symbols == {"HGNC:5": "A1BG"}
    assert hgnc.candidates("HGNC:6") == hgnc.candidates("HGNC:4") == {"HGNC:5"}
    assert hgnc.candidates("HGNC:3") == hgnc.candidates("EIF4") == set()
    assert hgnc.by_alias == {"ABG": {"HGNC:5"}, "GAB": {"HGNC:5"}}


def test_release_is_the_last_change(tmp_path: Path):
    assert load(tmp_path, COMPLETE_SET).release == "2024-10-01"
    assert load(tmp_path, WITH_WITHDRAWN).release is None


def test_what_is_not_one_gene_is_reported(tmp_path: Path):
    genes = [("A1BG", None), ("OLD1", None), ("OLD2", None), ("NOPE", None)]
    mapped = map_genes(load(tmp_path, COMPLETE_SET), genes, "here")
    assert mapped.ids == {"A1BG": "HGNC:5", "OLD2": "HGNC:8"}
    assert {(notice.topic, notice.ids) for notice in mapped.notices} == {
        ("unknown_id", ("NOPE",)),
        ("ambiguous_id", ("OLD1: HGNC:7 or HGNC:8",)),
        ("renamed_id", ("OLD2 -> A2MP1",)),
    }


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("HGNC:5\tA1BG\nHGNC:5\tA2M\n", "CA-216"),
        ("HGNC:5\tA1BG\nHGNC:7\tA1BG\n", "CA-216"),
        ("5\tA1BG\n", "CA-215"),
        ("HGNC:5\tA1BG\textra\n", "CA-214"),
        ("", "CA-212"),
    ],
)
def test_unusable_table(tmp_path: Path, rows: str, code: str):
    with pytest.raises(InputError) as caught:
        load(tmp_path, "hgnc_id\tsymbol\n" + rows)
    assert caught.value.code == code


def test_no_such_file(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        load_hgnc(tmp_path / "none.txt")
    assert caught.value.code == "CA-210"


def test_a_pair_whose_gene_has_no_name_stays(tmp_path: Path):
    path = tmp_path / "pairs.txt"
    path.write_text(
        "ncbi_gene_id\tgene_symbol\tdisease_id\n1\tA1BG\tOMIM:1\n77\tXX\tOMIM:1\n78\t-\tOMIM:2\n"
    )
    pairs, _ = read_gene_disease_pairs(path)
    mapped = name_genes(pairs, load(tmp_path, COMPLETE_SET), "pairs.txt")
    assert mapped.namespace == "HGNC"
    assert mapped.pairs.astype(object).where(mapped.pairs.notna(), None).to_numpy().tolist() == [
        ["HGNC:5", "A1BG", "OMIM:1"],
        [None, None, "OMIM:1"],
        [None, None, "OMIM:2"],
    ]
    plain = name_genes(pairs, None, "pairs.txt")
    assert plain.namespace == "NCBIGene"
    assert plain.pairs["symbol"].tolist() == ["A1BG", "XX", "NCBIGene:78"]
    assert [notice.ids for notice in plain.notices] == [("NCBIGene:78",)]
