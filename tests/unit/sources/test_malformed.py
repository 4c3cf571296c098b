"""Malformed inputs: a clear error that names the place, or a right result; never a wrong one.

Three nets: a corpus of mistakes that people make, tables of random good and bad cells against a
naive reading of the rules, and random damage to whole files.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cluster_assets.core.clustering.frames import check_functional, check_phenotype
from cluster_assets.errors import InputError, SettingsError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.problems import CODES, MAX_SHOWN
from support.source_tables import SOUND, write

FUNCTIONAL = ("genes.tsv", "interactions.tsv", "annotations.tsv", "terms.tsv")


def load(config: SourceConfig, name: str):
    """Load the input that a table belongs to, and pass the gate in front of the methods."""
    source = open_source(config)
    if name in FUNCTIONAL:
        found = source.functional()
        check_functional(found)
        return found
    entities = source.phenotype()
    check_phenotype(entities)
    return entities


def shown(found) -> dict[str, str]:
    """Return an input as text, which can be compared."""
    values = ((name, getattr(found, name)) for name in type(found).__dataclass_fields__)
    return {n: v.to_csv() if isinstance(v, pd.DataFrame) else str(v) for n, v in values}


@dataclass(frozen=True)
class Case:
    """One mistake: the table, what is in it instead, the code, and words of the first problem."""

    table: str
    content: str | bytes
    code: str
    place: str


def _zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    return packed.getvalue()


def _workbook() -> bytes:
    return _zipped("xl/workbook.xml")


GENES = "gene_id\tsymbol\n"
EDGES = "gene_a\tgene_b\tweight\n"
ROWS = "gene_id\tterm_id\tsource\n"
TERMS = "term_id\tlabel\n"
ENTITIES = "entity_id\tgene_id\tdisease_id\tdisease_name\tinheritance_id\n"
PHENOTYPES = "entity_id\tterm_id\n"
ONE = "1\tHGNC:1\tOMIM:1\tOne\tHP:0000006\n"

CORPUS = [
    # the file as a file
    *(Case(name, b"", "CA-212", f"{name}: is empty") for name in SOUND),
    *(Case(name, b"\n\n\n", "CA-212", f"{name}: is empty") for name in SOUND),
    *(Case(name, SOUND[name].splitlines()[0], "CA-212", "header and no rows") for name in SOUND),
    *(Case(name, SOUND[name].encode() + b"\xff\tx\n", "CA-211", "line") for name in SOUND),
    *(Case(name, SOUND[name].encode("utf-16")[:-1], "CA-211", "UTF-8") for name in SOUND),
    *(Case(name, SOUND[name].replace("\t", "|"), "CA-213", "separate the") for name in SOUND),
    *(Case(name, SOUND[name] + "a\tb\tc\td\te\tf\tg\n", "CA-214", "7 fields") for name in SOUND),
    *(Case(name, SOUND[name] + "a\n", "CA-214", "has 1 fields") for name in SOUND),
    *(Case(name, SOUND[name].partition("\n")[2], "CA-213", "needs the column") for name in SOUND),
    *(Case(name, "\x00" * 50, "CA-213", "needs the column") for name in SOUND),
    *(Case(name, _workbook(), "CA-210", "is an Excel workbook") for name in SOUND),
    *(Case(name, b"\xd0\xcf\x11\xe0 old", "CA-210", "is an Excel workbook") for name in SOUND),
    *(Case(name, _zipped("a.tsv"), "CA-210", "is a zip archive") for name in SOUND),
    Case("genes.tsv", json.dumps([{"gene_id": "HGNC:1"}] * 9999), "CA-213", "needs the column"),
    Case("genes.tsv", "<html><body>404 Not Found</body></html>", "CA-210", "web page"),
    Case("genes.tsv", '"gene_id\tsymbol\nHGNC:1\tAA\n', "CA-213", "needs the column"),
    Case("genes.tsv", '"gene_id"\t"symbol"\n"HGNC:1\tAA\n', "CA-214", "line 2"),
    # columns
    Case("genes.tsv", "symbol\nAA\n", "CA-213", "`gene_id` (or `hgnc_id`, `gene`, "),
    Case("genes.tsv", "gene_id\nHGNC:1\n", "CA-213", "`symbol`"),
    Case("genes.tsv", "gene_id\tGENE_ID\tsymbol\nHGNC:1\tHGNC:1\tAA\n", "CA-213", "more than once"),
    Case("interactions.tsv", "gene_a\tweight\nHGNC:1\t1\n", "CA-213", "`gene_b`"),
    Case("annotations.tsv", "gene_id\nHGNC:1\n", "CA-213", "`term_id`"),
    Case("terms.tsv", "term_id\nGO:1\n", "CA-213", "`label`"),
    Case("entities.tsv", "entity_id\tdisease_id\n1\tOMIM:1\n", "CA-213", "`disease_name`"),
    Case("phenotypes.tsv", "entity_id\n1\n", "CA-213", "`term_id`"),
    # genes
    *(
        Case("genes.tsv", f"{GENES}HGNC:1\tAA\n{bad}\tBB\n", "CA-215", "line 3, column `gene_id`")
        for bad in (
            "", "HGNC:", "HGNC", "5", "HGNC 5", "HGNC:5x", "HGNC:0", "HGNC:-5", "HGNC:1.0", "ABC1",
            "HP:0001250", "OMIM:1", "HGNC:HGNC:5", "HGNC:5|HGNC:6", "NaN", "NA", "ENSG00000121410",
            "HGNC:\u0665", "HGNC:5\u200b", "=HGNC:5",
        )
    ),
    Case("genes.tsv", f"{GENES}HGNC:1\t\n", "CA-215", "line 2, column `symbol`: '' is missing"),
    Case("genes.tsv", f"{GENES}HGNC:1\tNA\n", "CA-215", "column `symbol`: 'NA' is missing"),
    Case("genes.tsv", f"{GENES}HGNC:1\tAA\nHGNC:1\tBB\n", "CA-216", "line 3, column `gene_id`"),
    Case("genes.tsv", f"{GENES}HGNC:1\tAA\nhgnc:1 \tBB\n", "CA-216", "line 3, column `gene_id`"),
    Case("genes.tsv", f"{GENES}HGNC:1\tAA\n\nHGNC:2\tAA\n", "CA-216", "line 4, column `symbol`"),
    Case("genes.tsv", f"{GENES}HGNC:1\tAA\nNCBIGene:2\tBB\n", "CA-215", "HGNC_FILE"),
    Case("genes.tsv", f"{GENES}ENSEMBL:ENSG00000121410\tAA\n", "CA-215", "HGNC_FILE"),
    # interactions
    *(
        Case("interactions.tsv", f"{EDGES}HGNC:1\tHGNC:2\t{bad}\n", "CA-215", "column `weight`")
        for bad in ("", "0", "-0.5", "nan", "inf", "-inf", "1e999", "x", "0,5", "1 000", "NULL")
    ),
    *(
        Case("interactions.tsv", f"{EDGES}HGNC:1\t{bad}\t1\n", "CA-215", "column `gene_b`")
        for bad in ("", "BB", "HP:0001250", "GO:0006811", "HGNC:x", "9606.ENSP00000269305")
    ),
    Case("interactions.tsv", f"{EDGES}HGNC:1\tHGNC:1\t1\n", "CA-217", "joins two"),
    Case("interactions.tsv", f"{EDGES}HGNC:1\tHGNC:77\t1\n", "CA-217", "joins two"),
    # annotations and terms
    Case("annotations.tsv", f"{ROWS}AA\tGO:1\tGO\n", "CA-215", "line 2, column `gene_id`"),
    Case("annotations.tsv", f"{ROWS}HGNC:1\t\tGO\n", "CA-215", "line 2, column `term_id`"),
    Case("annotations.tsv", f"{ROWS}HGNC:1\tGO:1\x07\tGO\n", "CA-215", "column `term_id`"),
    Case("annotations.tsv", f"{ROWS}HGNC:1\t{'x' * 301}\tGO\n", "CA-215", "column `term_id`"),
    Case("annotations.tsv", f"{ROWS}HGNC:77\tGO:1\tGO\n", "CA-217", "no row links"),
    Case("annotations.tsv", f"{ROWS}HGNC:1\tGO:99\tGO\n", "CA-217", "no row links"),
    Case("terms.tsv", f"{TERMS}GO:1\t\n", "CA-215", "line 2, column `label`"),
    Case("terms.tsv", f"{TERMS}\tx\n", "CA-215", "line 2, column `term_id`"),
    Case("terms.tsv", f"{TERMS}GO:1\tone\nGO:1\ttwo\n", "CA-216", "line 3, column `term_id`"),
    # entities and phenotypes
    *(
        Case("entities.tsv", f"{ENTITIES}1\tHGNC:1\t{bad}\tOne\t\n", "CA-215", "`disease_id`")
        for bad in ("", "619340", "OMIM", "OMIM:", ":1", "One disease", "-", "OMIM:1|2")
    ),
    Case("entities.tsv", f"{ENTITIES}1\tHP:0001250\tOMIM:1\tOne\t\n", "CA-215", "`gene_id`"),
    Case("entities.tsv", f"{ENTITIES}1\tAA\tOMIM:1\tOne\t\n", "CA-215", "`gene_id`"),
    Case("entities.tsv", f"{ENTITIES}1\tHGNC:1\tOMIM:1\t\t\n", "CA-215", "`disease_name`"),
    *(
        Case("entities.tsv", f"{ENTITIES}1\tHGNC:1\tOMIM:1\tOne\t{bad}\n", "CA-215", "inheritance")
        for bad in ("HP:0001250", "HP:6", "dominant", "HP:0000118", "?", "AD|AR")
    ),
    Case("entities.tsv", f"{ENTITIES}{ONE}1\t\tOMIM:2\tTwo\t\n", "CA-216", "`entity_id`"),
    Case("entities.tsv", f"{ENTITIES}{ONE}{ONE.replace('1', '2', 1)}", "CA-216", "line 3"),
    Case("entities.tsv", f"{ENTITIES}\tHGNC:1\tOMIM:1\tOne\t\n", "CA-215", "`entity_id`"),
    *(
        Case("phenotypes.tsv", f"{PHENOTYPES}1\t{bad}\n", "CA-215", "line 2, column `term_id`")
        for bad in ("", "Seizure", "HP:1250", "HP:00012500", "GO:0006811", "HP_0001250", "0001250")
    ),
    Case("phenotypes.tsv", f"{PHENOTYPES}\tHP:0001250\n", "CA-215", "`entity_id`"),
    Case("phenotypes.tsv", f"{PHENOTYPES}9\tHP:0001250\n", "CA-217", "for any entity"),
    Case("phenotypes.tsv", f"{PHENOTYPES}1\tHP:9999999\n", "CA-217", "for any entity"),
    Case("phenotypes.tsv", f"{PHENOTYPES}1\tHP:0000006\n", "CA-217", "for any entity"),
]  # fmt: skip


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 120


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.table}-{case.code}")
def test_corpus(tmp_path: Path, case: Case):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, {case.table: case.content}), case.table)
    assert caught.value.code == case.code, str(caught.value)
    assert case.place in caught.value.problems[0], caught.value.problems[0]


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("damage", ["missing", "folder", "cut", "flipped"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str, damage: str):
    config = write(tmp_path)
    path = tmp_path / f"{name}.gz"
    packed = gzip.compress(SOUND[name].encode() * 50, mtime=0)
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        middle = len(packed) // 2
        flipped = packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]
        path.write_bytes({"cut": packed[:-12], "flipped": flipped}[damage])
    field = {
        "genes.tsv": "genes_file",
        "interactions.tsv": "interactions_files",
        "annotations.tsv": "annotations_files",
        "terms.tsv": "terms_file",
        "entities.tsv": "entities_file",
        "phenotypes.tsv": "entity_phenotypes_file",
    }[name]
    value = (path,) if field.endswith("files") else path
    with pytest.raises(InputError) as caught:
        load(config.model_copy(update={field: value}), name)
    assert caught.value.code == "CA-210"
    assert path.name in caught.value.problems[0]


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda text: gzip.compress(text.encode(), mtime=0),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: gzip.compress(text.encode("utf-16-be"), mtime=0),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\t", ",").encode(),
        lambda text: text.replace("\t", ";").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["gzip", "UTF-16", "no mark", "gzip of UTF-16", "BOM", "commas", "semicolons", "CRLF"],
)
def test_the_content_tells_how_to_read_a_file(tmp_path: Path, name: str, wrapped):
    (tmp_path / "sound").mkdir()
    sound = load(write(tmp_path / "sound"), name)
    found = load(write(tmp_path, {name: wrapped(SOUND[name])}), name)
    assert shown(found) == shown(sound)


def test_a_parquet_file_that_is_none(tmp_path: Path):
    config = write(tmp_path, {"genes.parquet": b"PAR1 but no more"})
    with pytest.raises(InputError) as caught:
        load(config.model_copy(update={"genes_file": tmp_path / "genes.parquet"}), "genes.tsv")
    assert caught.value.code == "CA-210"


def test_problems_of_all_files_come_in_one_message(tmp_path: Path):
    changes = {"annotations.tsv": f"{ROWS}x\tGO:1\tGO\n", "terms.tsv": f"{TERMS}GO:1\t\n"}
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, changes), "genes.tsv")
    assert [problem.split(",")[0] for problem in caught.value.problems] == [
        "annotations.tsv",
        "terms.tsv",
    ]
    assert caught.value.context["kinds"] == ("value",)


def test_at_most_twenty_problems_and_then_a_count(tmp_path: Path):
    bad = "".join(f"HGNC:x{number}\tAA{number}\n" for number in range(1000))
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, {"genes.tsv": GENES + bad}), "genes.tsv")
    assert len(caught.value.problems) == MAX_SHOWN + 1
    assert caught.value.problems[-1] == "and 980 more"
    assert caught.value.context["n_problems"] == 1000


HGNC = """\
hgnc_id\tsymbol\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\tuniprot_ids
HGNC:1\tAA\tApproved\t\tSEPT2\t101.0\tENSG00000000001\tP00001
HGNC:2\tBB\tApproved\tB2\t\t102\tENSG00000000002\tP00002
HGNC:3\tC9orf72\tApproved\t\tMARCH1|MARC2\t103\tENSG00000000003\tQ00003
HGNC:4\tDD\tApproved\t2310009E13\tMARCH2\t104\tENSG00000000004\tQ00004
"""


@dataclass(frozen=True)
class Kind:
    """Three genes as a column of one kind names them, and the name of the column."""

    genes: tuple[str, str, str]
    header: str = "gene_id"


KINDS = {
    "symbols": Kind(("AA", "BB", "C9orf72")),
    "capitals": Kind(("AA", "BB", "C9ORF72")),
    "previous and alias": Kind(("SEPT2", "B2", "MARCH1")),
    "Ensembl": Kind(("ENSG00000000001", "ENSG00000000002", "ENSG00000000003")),
    "Ensembl versions": Kind(("ENSG00000000001.15", "ENSG00000000002.3", "ENSG00000000003.1")),
    "NCBI": Kind(("101", "102", "103"), "entrez_id"),
    "NCBI floats": Kind(("101.0", "102.0", "103.0"), "ncbi_gene_id"),
    "HGNC numbers": Kind(("1", "2", "3"), "hgnc_id"),
    "UniProt": Kind(("P00001", "P00002", "Q00003")),
    "a damaged symbol": Kind(("2-Sep", "BB", "C9orf72")),
    "a damaged date": Kind(("AA", "BB", "2022-03-01")),
    "a serial number": Kind(("44806", "BB", "C9orf72")),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_kind_of_a_column_is_recognised(tmp_path: Path, kind: Kind):
    rows = "".join(f"{gene}\tGO:1\n" for gene in kind.genes)
    changes = {"annotations.tsv": f"{kind.header}\tterm_id\n{rows}", "hgnc.txt": HGNC}
    config = write(tmp_path, changes).model_copy(update={"hgnc_file": tmp_path / "hgnc.txt"})
    found = load(config, "genes.tsv")
    assert found.annotations["gene_id"].tolist() == ["HGNC:1", "HGNC:2", "HGNC:3"]


@pytest.mark.parametrize(
    ("genes", "kind"),
    [
        (("AA", "BB", "CC"), "symbols"),
        (("101", "102.0", "103"), "bare numbers"),
        (("P00001", "P00002", "Q00003"), "UniProt accessions"),
        (("9606.ENSP00000000001", "9606.ENSP00000000002"), "Ensembl proteins"),
    ],
)
def test_a_column_of_another_kind_is_one_problem(tmp_path: Path, genes: tuple[str, ...], kind: str):
    rows = "".join(f"{gene}\tGO:1\n" for gene in genes)
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, {"annotations.tsv": "gene_id\tterm_id\n" + rows}), "genes.tsv")
    assert caught.value.code == "CA-215"
    (problem,) = caught.value.problems
    assert f"column `gene_id`: {len(genes)} of {len(genes)} values look like {kind}" in problem
    assert genes[0] in problem


@pytest.mark.parametrize(
    "symbol", ["1-Mar", "Mar-01", "2022-09-02", "02/09/2022", "1. Mrz", "44806", "2.31E+13"]
)
def test_a_damaged_symbol_is_restored_by_hgnc_or_refused(tmp_path: Path, symbol: str):
    config = write(tmp_path, {"genes.tsv": f"{GENES}HGNC:1\tAA\nHGNC:2\t{symbol}\nHGNC:3\tCC\n"})
    with pytest.raises(InputError) as caught:
        load(config, "genes.tsv")
    assert caught.value.code == "CA-215"
    assert f"line 3, column `symbol`: {symbol!r}" in caught.value.problems[0]
    (tmp_path / "hgnc.txt").write_text(HGNC)
    found = load(config.model_copy(update={"hgnc_file": tmp_path / "hgnc.txt"}), "genes.tsv")
    assert found.genes["symbol"].tolist() == ["AA", "BB", "C9orf72"]


def test_a_date_that_two_symbols_share_is_not_guessed(tmp_path: Path):
    sets = "one\t\tAA\tBB\t2-Mar\n"  # MARC2 and MARCH2
    config = write(tmp_path, {"sets.gmt": sets, "hgnc.txt": HGNC}).model_copy(
        update={"annotations_files": (tmp_path / "sets.gmt",), "hgnc_file": tmp_path / "hgnc.txt"}
    )
    notices = open_source(config).notices("functional")
    assert [n.ids for n in notices if n.topic == "ambiguous_id"] == [("2-Mar",)]


@pytest.mark.parametrize("text", ["ndd_lists", "=x", "a=", "", " = "])
def test_a_filter_that_cannot_be_understood(text: str):
    if not text:
        assert SourceConfig(genes_filter=text or None).filter_column is None
        return
    with pytest.raises(SettingsError) as caught:
        SourceConfig(genes_filter=text)
    assert caught.value.code == "CA-121"


# -- random cells against a naive reading of the rules ---------------------------------------------

GENE_CELLS = ["HGNC:1", "HGNC:2", "HGNC:3", " hgnc:1", "HGNC:77", "NCBIGene:5"]
BAD_GENE_CELLS = ["", "AA", "HGNC:", "HP:0001250", "HGNC:1x"]
WEIGHT_CELLS = ["1", "0.25", "1e-3", " 0.5", "999"]
BAD_WEIGHT_CELLS = ["", "0", "-1", "nan", "inf", "abc"]


def of_another_kind(cells: list[str]) -> bool:
    """Return whether many cells are symbols, which can be one problem instead of one per cell."""
    return cells.count("AA") > 1


edge_rows = st.lists(
    st.tuples(
        st.sampled_from(GENE_CELLS * 4 + BAD_GENE_CELLS),
        st.sampled_from(GENE_CELLS * 4 + BAD_GENE_CELLS),
        st.sampled_from(WEIGHT_CELLS * 4 + BAD_WEIGHT_CELLS),
    ),
    min_size=1,
    max_size=12,
)
sometimes_clean = st.booleans()
COMMON = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@COMMON
@given(rows=edge_rows, clean=sometimes_clean)
def test_random_interactions(tmp_path: Path, rows, clean):
    if clean:
        rows = [
            (
                a if a not in BAD_GENE_CELLS else "HGNC:1",
                b if b not in BAD_GENE_CELLS else "HGNC:2",
                w if w not in BAD_WEIGHT_CELLS else "1",
            )
            for a, b, w in rows
        ]
    assume(not any(of_another_kind([row[end] for row in rows]) for end in (0, 1)))
    text = EDGES + "".join("\t".join(row) + "\n" for row in rows)
    config = write(tmp_path, {"interactions.tsv": text})
    wrong = {
        (line, column)
        for line, row in enumerate(rows, start=2)
        for column, cell, bad in zip(
            ("gene_a", "gene_b", "weight"),
            row,
            (BAD_GENE_CELLS, BAD_GENE_CELLS, BAD_WEIGHT_CELLS),
            strict=True,
        )
        if cell in bad
    }
    expected: dict[tuple[str, str], float] = {}
    for a, b, weight in rows:
        pair = tuple(sorted((a.strip().upper(), b.strip().upper())))
        if set(pair) <= {"HGNC:1", "HGNC:2", "HGNC:3"} and len(set(pair)) == 2 and not wrong:
            expected[pair] = max(expected.get(pair, 0), float(weight))
    if wrong or not expected:
        with pytest.raises(InputError) as caught:
            load(config, "interactions.tsv")
        assert caught.value.code == ("CA-215" if wrong else "CA-217")
        assert caught.value.context["n_problems"] == (len(wrong) or 1)
        for line, column in wrong if len(wrong) <= MAX_SHOWN else ():
            assert any(
                f"line {line}, column `{column}`" in problem for problem in caught.value.problems
            )
        return
    found = load(config, "interactions.tsv")
    edges = {(row.gene_a, row.gene_b): row.weight for row in found.interactions.itertuples()}
    assert edges == expected
    # Every row is an edge or is counted somewhere.
    ends = [{cell.strip().upper() for cell in row[:2]} for row in rows]
    n_loops = sum(len(pair) == 1 and pair <= {"HGNC:1", "HGNC:2", "HGNC:3"} for pair in ends)
    counted = {
        notice.topic: notice.count
        for notice in open_source(config).notices("functional")
        if notice.where in {"interactions.tsv", "interactions"} and not notice.ids
    }
    n_counted = counted.get("outside", 0) + counted.get("merged", 0) + n_loops
    assert len(rows) == len(expected) + n_counted


gene_cells = st.lists(
    st.tuples(
        st.sampled_from([f"HGNC:{number}" for number in range(1, 6)] * 3 + ["x", "", "hgnc:1"]),
        st.sampled_from(["AA", "BB", "CC", "DD", "EE", ""]),
    ),
    min_size=1,
    max_size=8,
)


@COMMON
@given(rows=gene_cells)
def test_random_genes(tmp_path: Path, rows):
    text = GENES + "".join("\t".join(row) + "\n" for row in rows)
    ids = [cell.upper() for cell, _ in rows]
    symbols = [symbol for _, symbol in rows]
    bad = sum(not cell.startswith("HGNC:") for cell in ids) + symbols.count("")
    twice = sum(
        cell in column[:row] for column in (ids, symbols) for row, cell in enumerate(column) if cell
    )
    edges = {"interactions.tsv": f"{EDGES}HGNC:1\tHGNC:2\t1\n"}
    config = write(tmp_path, {"genes.tsv": text, **edges})
    if bad or twice or not {"HGNC:1", "HGNC:2"} <= set(ids):
        with pytest.raises(InputError) as caught:
            load(config, "genes.tsv")
        expected = "CA-215" if bad else "CA-216" if twice else "CA-217"
        assert caught.value.code == expected
        if bad or twice:
            assert caught.value.context["n_problems"] == bad + twice
        return
    found = load(config, "genes.tsv")
    assert dict(found.genes.itertuples(index=False, name=None)) == dict(
        zip(ids, symbols, strict=True)
    )


phenotype_cells = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", " 2", "9"]),
        st.sampled_from(
            ["HP:0001250", "HP:0000252", "HP:0002279", "HP:0000006", "HP:7654321", "hp:0001250"]
        ),
        st.sampled_from(["", "present", "NOT"]),
    ),
    min_size=1,
    max_size=10,
)
MEANS = {"HP:0002279": "HP:0001250"}
KEYS = {"1": "HGNC:1|OMIM:1|HP:0000006", "2": "HGNC:2|OMIM:2|HP:0000007", "3": "-|OMIM:3|-"}


@COMMON
@given(rows=phenotype_cells)
def test_random_phenotypes(tmp_path: Path, rows):
    text = "entity_id\tterm_id\tmodifier\n" + "".join("\t".join(row) + "\n" for row in rows)
    config = write(tmp_path, {"phenotypes.tsv": text})
    expected = set()
    for entity, term, modifier in rows:
        term_id = MEANS.get(term.upper(), term.upper())
        if modifier != "NOT" and entity.strip() in KEYS and term_id in ("HP:0001250", "HP:0000252"):
            key = KEYS[entity.strip()]
            expected |= {(key, term_id), (key, "HP:0000118")}
    if not expected:
        with pytest.raises(InputError) as caught:
            load(config, "phenotypes.tsv")
        assert caught.value.code == "CA-217"
        return
    found = load(config, "phenotypes.tsv")
    assert set(found.phenotypes.itertuples(index=False, name=None)) == expected


# -- random damage to whole files ------------------------------------------------------------------

CODE_SET = {*CODES.values(), "CA-201"}
names = st.sampled_from(sorted(SOUND))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a table's name and its bytes after a few random edits."""
    name = draw(names)
    data = bytearray(SOUND[name].encode())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(["change", "insert", "cut", "repeat", "swap"])):
            case "change" if data:
                data[place] = draw(st.sampled_from(b"\t\n\r :0A\xff\x00\"'#,|-"))
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=6))
            case "cut":
                del data[place : place + draw(st.integers(1, 20))]
            case "repeat":
                data[place:place] = data[place : place + draw(st.integers(1, 40))]
            case _:
                data = data[place:] + data[:place]
    return name, bytes(data)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(change=damaged())
def test_random_damage(tmp_path: Path, change: tuple[str, bytes]):
    name, data = change
    config = write(tmp_path, {name: data})
    try:
        found = load(config, name)
    except InputError as error:
        told = error
    else:
        frames = (
            (found.genes, found.interactions, found.annotations, found.terms)
            if name in FUNCTIONAL
            else (found.entities, found.phenotypes, found.terms)
        )
        assert all(len(frame) for frame in frames)
        if name in FUNCTIONAL:
            assert found.interactions["weight"].map(lambda w: 0 < w < math.inf).all()
            assert found.annotations["term_id"].isin(found.terms["term_id"]).all()
        return
    assert told.code in CODE_SET
    assert told.problems or told.code == "CA-201"
    assert name in str(told) or told.code == "CA-217"
