"""Labels and names: one visible line of bounded length, whichever door they come in by."""

from __future__ import annotations

import sqlite3
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr

from cluster_assets.core.clustering.naming import name_clusters
from cluster_assets.core.injection import hidden_characters
from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.hgnc import load_hgnc
from cluster_assets.sources.vocabulary import load_vocabulary
from support.source_tables import OBO, SOUND, write

DIRT = "\x00\x1b[31m\u202e\u200b \u00a0 \u2028"
LONG = "ab " * 4000
DIRTY = {
    "genes.tsv": f"gene_id\tsymbol\nHGNC:1\tA{DIRT}A\nHGNC:2\tBB\u200b\nHGNC:3\tCC\n",
    "annotations.tsv": (
        f"gene_id\tterm_id\tsource\nHGNC:1\tGO:1\tGO:BP{DIRT}\nHGNC:2\tGO:2\t{LONG}\n"
    ),
    "terms.tsv": f"term_id\tlabel\nGO:1\tion{DIRT}transport\nGO:2\t{LONG}\n",
    "entities.tsv": (
        "entity_id\tgene_id\tdisease_id\tdisease_name\n"
        f"1\tHGNC:1\tOMIM:1\tOne{DIRT}disease\n2\tHGNC:2\tOMIM:2\t{LONG}\n3\t\tOMIM:3\tThree\n"
    ),
    "hp.obo": OBO.replace("name: Seizure", "name: Sei\u200bzure\x1b \u202e").replace(
        "releases/2025-01-16", "releases/2025-01-16\x1b"
    ),
}


@pytest.fixture(params=["files", "parquet", "sql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> SourceConfig:
    """The dirty tables, from each kind of source."""
    files = write(tmp_path, DIRTY).model_copy(update={"data_release": f"v1{DIRT}"})
    if request.param == "files":
        return files
    frames = {
        name: pd.read_csv(StringIO(DIRTY.get(name, text)), sep="\t", dtype=str, lineterminator="\n")
        for name, text in SOUND.items()
    }
    if request.param == "parquet":
        for name, frame in frames.items():
            frame.to_parquet(tmp_path / name.replace(".tsv", ".parquet"))
        return files.model_copy(
            update={
                "genes_file": tmp_path / "genes.parquet",
                "annotations_files": (tmp_path / "annotations.parquet",),
                "terms_file": tmp_path / "terms.parquet",
                "entities_file": tmp_path / "entities.parquet",
            }
        )
    connection = sqlite3.connect(tmp_path / "data.sqlite")
    for name, frame in frames.items():
        frame.to_sql(name.removesuffix(".tsv"), connection, index=False)
    connection.close()
    roles = ("genes", "interactions", "annotations", "terms", "entities")
    queries = {f"sql_{role}": f"SELECT * FROM {role}" for role in roles}
    return SourceConfig(
        source="sql",
        obo_file=files.obo_file,
        data_release=files.data_release,
        sql_url=SecretStr(f"sqlite:///{tmp_path / 'data.sqlite'}"),
        sql_entity_phenotypes="SELECT * FROM phenotypes",
        **queries,
    )


def test_labels_are_clean_from_every_source(config: SourceConfig) -> None:
    source = open_source(config)
    genes = source.functional()
    assert genes.genes["symbol"].tolist() == ["A[31m A", "BB", "CC"]
    assert genes.terms["label"].tolist()[0] == "ion[31m transport"
    assert genes.annotations["source"].tolist()[0] == "GO:BP[31m"
    assert max(len(label) for label in genes.terms["label"]) <= 200
    assert max(len(label) for label in genes.annotations["source"]) <= 200
    assert genes.releases == {"data": "v1[31m"}
    diseases = source.phenotype()
    assert diseases.entities["disease_name"].tolist()[1] == "One[31m disease"
    assert 400 < max(len(name) for name in diseases.entities["disease_name"]) <= 500
    assert "Seizure" in diseases.terms["label"].tolist()
    assert diseases.releases["HPO"] == "2025-01-16"
    shown = [*genes.notes, *diseases.notes, *load_vocabulary(config).labels.values()]
    assert not any(hidden_characters(text) for text in shown)


def test_gene_sets_and_their_genes_are_clean(tmp_path: Path) -> None:
    gene_sets = tmp_path / "sets.gmt"
    gene_sets.write_text(f"ion{DIRT}transport\t\tAA\u200b\tBB\n", "utf-8")
    config = write(tmp_path).model_copy(
        update={"terms_file": None, "annotations_files": (gene_sets,)}
    )
    found = open_source(config).functional()
    assert found.terms[["term_id", "label"]].to_numpy().tolist() == [["ion[31m transport"] * 2]
    assert found.annotations["gene_id"].tolist() == ["HGNC:1", "HGNC:2"]


def test_names_of_hgnc_and_of_interactions_are_clean(tmp_path: Path) -> None:
    path = tmp_path / "hgnc.txt"
    path.write_text(
        f"hgnc_id\tsymbol\tname\talias_symbol\nHGNC:1\tAA\u200b\ta{DIRT}b\tOLD\u200b|{LONG}\n"
    )
    hgnc = load_hgnc(path)
    assert (hgnc.symbols["HGNC:1"], hgnc.names["HGNC:1"]) == ("AA", "a[31m b")
    assert "OLD" in hgnc.by_alias
    config = write(tmp_path).model_copy(update={"interaction_label": f"bound{DIRT}"})
    assert open_source(config).functional().interaction_label == "bound[31m"


@pytest.mark.parametrize("bad", ["GO:1\u200b", "GO:1\u202e", "GO:\x1b1", "GO:1\u00ad"])
def test_an_id_with_a_hidden_character_is_a_problem(tmp_path: Path, bad: str) -> None:
    changes = {"annotations.tsv": f"gene_id\tterm_id\nHGNC:1\t{bad}\n"}
    with pytest.raises(InputError) as caught:
        open_source(write(tmp_path, changes)).functional()
    assert caught.value.code == "CA-215"
    assert not hidden_characters(str(caught.value).replace("\n", ""))


def test_a_name_of_a_cluster_is_at_most_200_characters() -> None:
    themes = [("x" * 200, "b" * 60), ("x" * 200, "c" * 60)]
    names = name_clusters(themes, [99_999, 5], "phenotype")
    assert len(set(names)) == 2
    assert all(len(name) <= 200 for name in names)
