"""The stamp of files: equal when nothing that is read has changed, and only then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster_assets.sources import stamps
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.stamps import stamp_files

LINKS = "9606.protein.links.v12.0.txt"
INFO = "9606.protein.info.v12.0.txt"


@pytest.fixture
def config(tmp_path: Path) -> SourceConfig:
    names = ("genes.tsv", "more.tsv", "terms.tsv", "hp.obo", "phenotype.hpoa", "pairs.txt", LINKS)
    paths = {name: tmp_path / name for name in names}
    for name, path in paths.items():
        path.write_text(f"what stands in {name}")
    return SourceConfig(
        source="files",
        genes_file=paths["genes.tsv"],
        interactions_files=(paths[LINKS],),
        annotations_files=(paths["more.tsv"],),
        terms_file=paths["terms.tsv"],
        obo_file=paths["hp.obo"],
        hpoa_file=paths["phenotype.hpoa"],
        genes_to_phenotype_file=paths["pairs.txt"],
    )


def test_the_same_bytes_written_again_are_the_same(config: SourceConfig) -> None:
    before = stamp_files(config)
    assert before is not None
    assert len(before) == 64
    assert config.genes_file is not None
    config.genes_file.write_bytes(config.genes_file.read_bytes())
    os.utime(config.genes_file, (1, 1))
    assert stamp_files(config) == before


@pytest.mark.parametrize(
    "name", ["genes.tsv", "more.tsv", "terms.tsv", "hp.obo", "phenotype.hpoa", "pairs.txt", LINKS]
)
def test_any_file_counts(config: SourceConfig, tmp_path: Path, name: str) -> None:
    before = stamp_files(config)
    with (tmp_path / name).open("a") as file:
        file.write("!")
    assert stamp_files(config) != before


def test_the_proteins_beside_the_links_count(config: SourceConfig, tmp_path: Path) -> None:
    stamps = {stamp_files(config)}
    for text in ("one", "two"):
        (tmp_path / INFO).write_text(text)
        stamps.add(stamp_files(config))
    assert len(stamps) == 3


def test_the_release_in_the_name_of_a_file_counts(config: SourceConfig) -> None:
    before = stamp_files(config)
    links = config.interactions_files[0]
    renamed = links.rename(links.with_name(LINKS.replace("12.0", "12.5")))
    assert stamp_files(config.model_copy(update={"interactions_files": (renamed,)})) != before


@pytest.mark.parametrize(
    "change",
    [
        {"string_min_score": 700},
        {"string_channels": "combined"},
        {"genes_filter": "a=b"},
        {"data_release": "2026-11"},
        {"interaction_label": "co-purification"},
        {"phenotype_terms": "clinical"},
        {"hpo_neighbours": 11},
    ],
)
def test_any_setting_counts(config: SourceConfig, change: dict[str, object]) -> None:
    assert stamp_files(config.model_copy(update=change)) != stamp_files(config)


def test_a_file_that_plays_another_part_counts(config: SourceConfig) -> None:
    moved = config.model_copy(update={"terms_file": None, "entities_file": config.terms_file})
    assert stamp_files(moved) != stamp_files(config)


def test_no_stamp_for_a_file_that_is_not_there_nor_for_a_database(config: SourceConfig) -> None:
    assert config.terms_file is not None
    config.terms_file.unlink()
    assert stamp_files(config) is None
    database = SourceConfig(source="sql", sql_url=SecretStr("sqlite://"), sql_genes="select 1")
    assert open_source(database).stamp() is None


def test_the_embedded_release_has_a_stamp() -> None:
    assert open_source(SourceConfig()).stamp() == stamp_files(SourceConfig())
    assert open_source(SourceConfig()).stamp() is not None


@pytest.mark.parametrize(
    "name", ["config.py", "formats/obo.py", "joining/inputs.py", "tables/sql.py"]
)
def test_the_code_of_all_sources_counts(
    config: SourceConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = stamp_files(config)
    copy = shutil.copytree(Path(stamps.__file__).parent, tmp_path / "sources")
    monkeypatch.setattr(stamps, "_CODE", copy)
    assert stamp_files(config) == before
    with (copy / name).open("a") as file:
        file.write("# changed")
    assert stamp_files(config) != before
