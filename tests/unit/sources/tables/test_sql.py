"""Source `sql`: the same tables from a database, and what is said when it fails."""

from __future__ import annotations

import sqlite3
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr

from cluster_assets.errors import InputError, SettingsError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.vocabulary import load_vocabulary
from support.source_tables import SOUND, write


@pytest.fixture
def config(tmp_path: Path) -> SourceConfig:
    """A SQLite database with the sound tables."""
    path = tmp_path / "data.sqlite"
    connection = sqlite3.connect(path)
    for name, text in SOUND.items():
        frame = pd.read_csv(StringIO(text), sep="\t")
        frame.to_sql(name.removesuffix(".tsv"), connection, index=False)
    connection.close()
    return SourceConfig(
        source="sql",
        obo_file=write(tmp_path).obo_file,
        sql_url=SecretStr(f"sqlite:///{path}"),
        sql_genes="SELECT gene_id AS hgnc_id, symbol FROM genes",
        sql_interactions="SELECT * FROM interactions",
        sql_annotations="SELECT * FROM annotations",
        sql_terms="SELECT * FROM terms",
        sql_entities="SELECT * FROM entities",
        sql_entity_phenotypes="SELECT * FROM phenotypes",
    )


def test_the_same_input_as_from_files(tmp_path: Path, config: SourceConfig):
    files = open_source(write(tmp_path))
    tables = open_source(config)
    for frame in ("genes", "interactions", "annotations", "terms"):
        pd.testing.assert_frame_equal(
            getattr(files.functional(), frame), getattr(tables.functional(), frame)
        )
    for frame in ("entities", "phenotypes", "terms"):
        pd.testing.assert_frame_equal(
            getattr(files.phenotype(), frame), getattr(tables.phenotype(), frame)
        )


def test_vocabulary_of_queries(config: SourceConfig):
    vocabulary = load_vocabulary(config)
    assert vocabulary.labels["GO:1"] == "ion transport"
    assert vocabulary.symbols["AA"] == "HGNC:1"


def test_whole_numbers_that_the_driver_made_floats_are_ids(config: SourceConfig):
    query = (
        "SELECT entity_id * 1.0 AS entity_id, gene_id, disease_id, disease_name, inheritance_id"
        " FROM entities"
    )
    assert (
        len(open_source(config.model_copy(update={"sql_entities": query})).phenotype().entities)
        == 3
    )


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"sql_genes": "SELECT * FROM nowhere"}, "CA-210", "no such table: nowhere"),
        ({"sql_genes": "SELECT symbol FROM genes"}, "CA-213", "`gene_id`"),
        ({"sql_genes": "SELECT * FROM genes WHERE 0"}, "CA-212", "no rows"),
        ({"sql_genes": "SELECT 'x' AS gene_id, 'AA' AS symbol"}, "CA-215", "row 1"),
        (
            {"sql_genes": "SELECT * FROM genes UNION ALL SELECT * FROM genes"},
            "CA-216",
            "row 4",
        ),
        ({"sql_url": SecretStr("nonsense")}, "CA-210", "cannot be read"),
        (
            {"sql_url": SecretStr("mysql+nodriver://u:secret@h/d?password=secret")},
            "CA-210",
            "mysql",
        ),
    ],
)
def test_what_is_wrong_is_said(config: SourceConfig, changes, code: str, said: str):
    with pytest.raises(InputError) as caught:
        open_source(config.model_copy(update=changes)).functional()
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_missing_queries_name_the_settings(config: SourceConfig):
    source = open_source(config.model_copy(update={"sql_annotations": None}))
    assert source.available == ("phenotype",)
    with pytest.raises(SettingsError) as caught:
        source.functional()
    assert "CLUSTER_ASSETS_SQL_ANNOTATIONS" in caught.value.message


def test_nothing_is_written(config: SourceConfig):
    source = open_source(
        config.model_copy(update={"sql_genes": "DELETE FROM genes RETURNING gene_id, symbol"})
    )
    assert len(source.functional().genes) == 3
    assert len(open_source(config).functional().genes) == 3


def test_the_password_is_never_shown(config: SourceConfig):
    secret = config.model_copy(
        update={"sql_url": SecretStr("postgresql://me:hunter2@host/db?sslpassword=hunter2")}
    )
    assert "hunter2" not in repr(secret)
    assert "hunter2" not in str(open_source(secret).describe())
