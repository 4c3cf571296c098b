"""Source `sql` on a real PostgreSQL: its types, its errors, and that nothing is written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from support.source_tables import write

SCHEMA = """
CREATE TABLE gene (hgnc_id varchar(20) PRIMARY KEY, symbol text);
INSERT INTO gene VALUES ('HGNC:1', 'AA'), ('HGNC:2', 'BB'), ('HGNC:3', 'CC');
CREATE TABLE interaction (gene_a text, gene_b text, score numeric(5, 3));
INSERT INTO interaction VALUES ('HGNC:1', 'HGNC:2', 0.9), ('HGNC:2', 'HGNC:3', 0.5);
CREATE TABLE annotation (gene text, term text, src text);
INSERT INTO annotation VALUES
  ('HGNC:1', 'GO:1', 'GO:BP'), ('HGNC:2', 'GO:1', 'GO:BP'), ('HGNC:3', 'HP:0001250', 'HPO');
CREATE TABLE term (term_id text, label text);
INSERT INTO term VALUES ('GO:1', 'ion transport');
CREATE TABLE entity (entity_id serial, gene_id text, disease text, name text, mode text);
INSERT INTO entity (gene_id, disease, name, mode) VALUES
  ('HGNC:1', 'OMIM:1', 'One disease', 'HP:0000006'),
  ('HGNC:2', 'OMIM:2', 'Two disease', 'Autosomal recessive inheritance'),
  (NULL, 'OMIM:3', 'Three disease', NULL);
CREATE TABLE phenotype (entity_id int, hpo_id char(10));
INSERT INTO phenotype VALUES (1, 'HP:0001250'), (2, 'HP:0001250'), (3, 'HP:0000252');
"""


@pytest.fixture
def config(postgres_url: str, tmp_path: Path) -> SourceConfig:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(SCHEMA))
    engine.dispose()
    return SourceConfig(
        source="sql",
        obo_file=write(tmp_path).obo_file,
        sql_url=SecretStr(postgres_url),
        sql_genes="SELECT * FROM gene",
        sql_interactions="SELECT * FROM interaction",
        sql_annotations="SELECT * FROM annotation",
        sql_terms="SELECT * FROM term",
        sql_entities=(
            "SELECT entity_id, gene_id, disease AS disease_id, name AS disease_name,"
            " mode AS inheritance FROM entity"
        ),
        sql_entity_phenotypes="SELECT * FROM phenotype",
    )


def test_the_same_input_as_from_files(config: SourceConfig, tmp_path: Path):
    files, database = open_source(write(tmp_path)), open_source(config)
    for frame in ("genes", "interactions", "annotations", "terms"):
        pd.testing.assert_frame_equal(
            getattr(files.functional(), frame), getattr(database.functional(), frame)
        )
    for frame in ("entities", "phenotypes", "terms"):
        pd.testing.assert_frame_equal(
            getattr(files.phenotype(), frame), getattr(database.phenotype(), frame)
        )


def test_a_query_that_fails_is_said_without_the_address(config: SourceConfig):
    with pytest.raises(InputError) as caught:
        open_source(config.model_copy(update={"sql_terms": "SELECT * FROM nowhere"})).functional()
    assert caught.value.code == "CA-210"
    assert 'relation "nowhere" does not exist' in str(caught.value)


def test_nothing_is_written(config: SourceConfig):
    writing = config.model_copy(update={"sql_genes": "DELETE FROM gene RETURNING hgnc_id, symbol"})
    assert len(open_source(writing).functional().genes) == 3
    assert len(open_source(config).functional().genes) == 3


def test_a_server_that_is_not_there(config: SourceConfig):
    away = config.model_copy(
        update={"sql_url": SecretStr("postgresql+psycopg2://me:hunter2@127.0.0.1:1/none")}
    )
    with pytest.raises(InputError) as caught:
        open_source(away).functional()
    assert caught.value.code == "CA-210"
    assert "refused" in str(caught.value)
    assert "hunter2" not in str(caught.value)
