"""What qualifies a row: an absence is never taken for a presence, whatever word says it."""

from __future__ import annotations

import sqlite3
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded.hpo_files import hpo_files
from cluster_assets.sources.formats.presence import QUALIFYING, state_of
from support.source_tables import OBO, SOUND, write

ANYWHERE = {
    "absent": (
        "NOT", "not", " Absent ", "ABSENT", "no", "No", "N", "excluded", "Excluded (0%)",
        "negative", "false", "ruled out", "not present", "not_observed", "not-found", "Refuted",
        "unaffected", "never", "HP:0040285", "HP_0040285", "http://purl.obolibrary.org/obo/HP_0040285",
        "HP:0040285 (Excluded)", "no\u200b", "absent|HP:0012828", "NOT|involved_in",
        "NOT|acts_upstream_of_or_within", "contributes_to|NOT", "not located in",
        "No Known Disease Relationship",
    ),
    "uncertain": (
        "uncertain", "possible", "Probable", "suspected", "?", "+/-", "not tested", "not_assessed",
        "Disputed", "not excluded", "uncertain;HP:0012828",
    ),
    "present": (
        "present", "yes", "TRUE", "variable", "rare", "Very rare", "mild", "observed", "+",
        "Severe", "Definitive", "present; mild",
    ),
    "silent": ("", " ", "NA", "n/a", "NaN", "involved_in", "enables|part_of"),
}  # fmt: skip
FREQUENCIES = {
    "absent": (
        "0", "0.0", "0.00", ".0", "0.", "00", "0e0", "0,0", "0%", "0 %", "0.0%", "0,0 %", "0/12",
        "0 / 12", "0/12 (0%)", "0 of 12", "0 out of 12", "0 in 12", "0 of 12 patients",
        "0 patients", "n=0", "none of 12", "no patients", "zero", "nil", "none", "zero percent",
        "0 percent", "0-0%", "\uff10", "\uff10\uff0f\uff11\uff12", "0\u00a0%", "0\u200b%", "=0",
        "~0%", "<=0%", "0‰", "Excluded", "Excluded (0%)", "excluded [0%]", "0/12|HP:0040285",
        "0/1,200",
    ),
    "uncertain": ("0/0", "0-5%", "0 to 5%", "uncertain"),
    "present": (
        "1", "0.5", "0,5", "0.5%", "<1%", "< 1 %", ">0%", "100%", "1/12", "12/12 (100%)", "1 of 12",
        "1 in 10", "HP:0040280", "HP:0040284", "Obligate (100%)", "Very frequent (99-80%)",
        "Frequent (79-30%)", "Occasional (29-5%)", "Very rare (<4-1%)", "Very rare (<1-4%)",
        "5-29%", "1e-3", "3 patients", "10%", "10/100", "Very frequent", "0.04", "common",
    ),
    "silent": ("", "-", "unknown", "NA"),
}  # fmt: skip
NOT_UNDERSTOOD = (
    "foo", "no seizures", "not frequent", "not severe", "present|absent", "1/10; 0/5",
    "NOT present?", "<0%", ">=0%", "5/0", "-5%", "HP:9999999x", "present/absent", "nope",
    "0x", "half", "kein",
)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "state"), [(cell, state) for state, cells in ANYWHERE.items() for cell in cells]
)
@pytest.mark.parametrize("column", ["qualifier", "modifier", "presence", "evidence"])
def test_words(column: str, cell: str, state: str) -> None:
    assert state_of(cell, column) == state


@pytest.mark.parametrize(
    ("cell", "state"), [(cell, state) for state, cells in FREQUENCIES.items() for cell in cells]
)
def test_frequencies(cell: str, state: str) -> None:
    assert state_of(cell, "frequency") == state


@pytest.mark.parametrize("cell", NOT_UNDERSTOOD)
@pytest.mark.parametrize("column", QUALIFYING)
def test_what_is_not_understood_is_never_a_state(column: str, cell: str) -> None:
    assert state_of(cell, column) is None


@pytest.mark.parametrize("cell", ["-", "none"])
def test_a_sign_that_may_be_an_absence_is_asked_about(cell: str) -> None:
    assert state_of(cell, "modifier") is None


@pytest.mark.parametrize(
    ("cell", "state"),
    [("true", "absent"), ("1", "absent"), ("yes", "absent"), ("excluded", "absent"),
     ("False", "present"), ("0.0", "present"), ("", "silent"), ("rare", None)],
)  # fmt: skip
def test_a_column_that_is_named_after_the_absence(cell: str, state: str | None) -> None:
    assert state_of(cell, "excluded") == state


@pytest.mark.parametrize(
    ("cell", "state"),
    [("IEA", "silent"), ("ND", "uncertain"), ("ECO:0000307", "uncertain"), ("PMID:123", "silent"),
     ("PMID:1; PMID:2", "silent"), ("Refuted Evidence", "absent"), ("Limited", "present")],
)  # fmt: skip
def test_evidence(cell: str, state: str) -> None:
    assert state_of(cell, "evidence") == state


zeros = st.sampled_from(["0", "0.0", "0,00", "00", "0e5"])
wrapped = st.sampled_from(
    ["{}", "{}%", " {} % ", "{}/7", "{} of 7", "{} out of 7 patients", "({})"]
)


@given(zeros, wrapped)
def test_no_form_of_zero_is_present(zero: str, form: str) -> None:
    assert state_of(form.format(zero), "frequency") == "absent"


@given(st.text(max_size=12), st.sampled_from(sorted(QUALIFYING)))
def test_a_negation_before_any_word_is_never_present(word: str, column: str) -> None:
    assert state_of(f"not {word}", column) in {"absent", "uncertain", None}
    assert state_of(f"NOT|{word}", column) in {"absent", None}


def test_all_of_the_official_annotations_is_understood() -> None:
    frame = pd.read_csv(hpo_files(SourceConfig()).hpoa, sep="\t", comment="#", dtype=str)
    for column in ("qualifier", "frequency"):
        values = frame[column].fillna("").unique()
        assert not [value for value in values if state_of(value, column) is None]


HEADER = "entity_id\tterm_id\tmodifier\tqualifier\tfrequency\n"
SAID = (
    HEADER + "1\tHP:0001250\tpresent\t\t\n"
    "1\tHP:0000252\tpresent\t\t0/12\n"  # absent in one column is absent
    "2\tHP:0001250\tuncertain\t\t\n"
    "2\tHP:0000252\t\t\tvery frequent\n"
    "3\tHP:0001250\tabsent\t\t\n"
    "3\tHP:0000252\tpresent\tNOT\t\n"  # both columns are read, not the first that is there
)


def recorded(config: SourceConfig) -> set[tuple[str, str]]:
    rows = open_source(config).phenotype().phenotypes
    return {(e.split("|")[1], t) for e, t in rows.to_numpy() if t != "HP:0000118"}


def sql_of(folder: Path, tables: dict[str, str]) -> SourceConfig:
    connection = sqlite3.connect(folder / "data.sqlite")
    for name, text in {**SOUND, **tables}.items():
        frame = pd.read_csv(StringIO(text), sep="\t", dtype=str)
        frame.to_sql(name.removesuffix(".tsv"), connection, index=False)
    connection.close()
    roles = ("genes", "interactions", "annotations", "terms", "entities")
    return SourceConfig(
        source="sql",
        obo_file=write(folder).obo_file,
        sql_url=SecretStr(f"sqlite:///{folder / 'data.sqlite'}"),
        sql_entity_phenotypes="SELECT * FROM phenotypes",
        **{f"sql_{role}": f"SELECT * FROM {role}" for role in roles},
    )


@pytest.mark.parametrize("kind", ["files", "sql"])
def test_phenotypes_that_are_absent_or_uncertain(tmp_path: Path, kind: str) -> None:
    tables = {"phenotypes.tsv": SAID}
    config = write(tmp_path, tables) if kind == "files" else sql_of(tmp_path, tables)
    assert recorded(config) == {("OMIM:1", "HP:0001250"), ("OMIM:2", "HP:0000252")}
    found = open_source(config)
    counts = {f.topic: f.count for f in found.notices("phenotype") if f.total is not None}
    assert counts == {"present": 2, "excluded": 3, "uncertain": 1}
    counted = config.model_copy(update={"uncertain": "present"})
    assert recorded(counted) == recorded(config) | {("OMIM:2", "HP:0001250")}


@pytest.mark.parametrize("kind", ["files", "sql"])
def test_annotations_with_not(tmp_path: Path, kind: str) -> None:
    tables = {
        "annotations.tsv": (
            "gene_id\tterm_id\tsource\tqualifier\tevidence_code\n"
            "HGNC:1\tGO:1\tGO:BP\tinvolved_in\tIDA\n"
            "HGNC:2\tGO:1\tGO:BP\tNOT|involved_in\tIDA\n"
            "HGNC:3\tGO:1\tGO:BP\tenables\tND\n"
        )
    }
    config = write(tmp_path, tables) if kind == "files" else sql_of(tmp_path, tables)
    found = open_source(config).functional()
    assert found.annotations["gene_id"].tolist() == ["HGNC:1"]
    assert sum("rows that say absent" in note for note in found.notes) == 1


@pytest.mark.parametrize("kind", ["files", "sql"])
def test_words_that_are_not_understood_are_listed(tmp_path: Path, kind: str) -> None:
    rows = "1\tHP:0001250\tperhaps\t\t\n" * 7 + "2\tHP:0001250\t\t\tabit\n3\tHP:0000252\t\t\t\n"
    tables = {"phenotypes.tsv": HEADER + rows}
    config = write(tmp_path, tables) if kind == "files" else sql_of(tmp_path, tables)
    with pytest.raises(InputError) as caught:
        open_source(config).phenotype()
    assert caught.value.code == "CA-215"
    first, second = caught.value.problems
    unit, shown = ("line", "2, 3, 4, 5, 6 ...") if kind == "files" else ("row", "1, 2, 3, 4, 5 ...")
    assert f"column `modifier`: 'perhaps' in 7 rows ({unit} {shown})" in first
    assert "column `frequency`: 'abit' in 1 rows" in second


HPOA = "#version: 2025-01-16\ndatabase_id\tdisease_name\tqualifier\thpo_id\tfrequency\n"


def test_words_in_disease_annotations_of_ones_own(tmp_path: Path) -> None:
    def own(*rows: str) -> SourceConfig:
        (tmp_path / "own.hpoa").write_text(HPOA + "".join(f"{row}\n" for row in rows))
        (tmp_path / "hp.obo").write_text(OBO)
        (tmp_path / "genes_to_phenotype.txt").write_text(
            "ncbi_gene_id\tgene_symbol\tdisease_id\n1\tAA\tOMIM:1\n"
        )
        return SourceConfig(
            obo_file=tmp_path / "hp.obo",
            hpoa_file=tmp_path / "own.hpoa",
            genes_to_phenotype_file=tmp_path / "genes_to_phenotype.txt",
            hpo_root="HP:0000118",
        )

    config = own(
        "OMIM:1\tOne\t\tHP:0001250\tFrequent (79-30%)",
        "OMIM:1\tOne\texcluded\tHP:0000252\t",
        "OMIM:2\tTwo\t\tHP:0001250\t0 of 12",
        "OMIM:2\tTwo\t\tHP:0000252\t0/0",
    )
    assert recorded(config) == {("OMIM:1", "HP:0001250")}
    assert ("OMIM:2", "HP:0000252") in recorded(config.model_copy(update={"uncertain": "present"}))
    with pytest.raises(InputError, match="perhaps"):
        recorded(own("OMIM:1\tOne\tperhaps\tHP:0001250\t"))
