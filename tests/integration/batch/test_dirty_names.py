"""Labels with hidden characters and formulas, from the tables to PostgreSQL and the exports."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.batch.results import current_clusterings
from cluster_assets.core.injection import hidden_characters
from cluster_assets.export import spreadsheet, write_export
from cluster_assets.settings import load_settings
from cluster_assets_bench.testing.planted import write_tables


def test_names_are_clean_wherever_they_arrive(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = write_tables(tmp_path / "tables", 2, marks={0: "\x00\x1b[2J\u202e" + "x" * 9_000})
    terms = tmp_path / "tables" / "terms.tsv"
    terms.write_text(terms.read_text("utf-8").replace("\tbar", "\t=1+bar"), "utf-8")
    settings |= {
        "CLUSTER_ASSETS_DATABASE_URL": postgres_url,
        "CLUSTER_ASSETS_DATA_RELEASE": "v\x1b1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    installation = open_installation(load_settings(), tmp_path / "home")
    make_clustering(installation, "functional")
    current = current_clusterings(installation, "functional")
    names = [cluster.name for cluster in current[0].clusters]
    assert any(name.startswith("=1+bar") for name in names)
    assert all(len(name) <= 200 for name in names)
    for output in ("csv", "html", "json"):
        write_export(current, output, tmp_path / f"out.{output}")
        text = (tmp_path / f"out.{output}").read_text("utf-8")
        assert not hidden_characters(text.replace("\n", ""))
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert any(cell.startswith("'=1+bar") for cell in cells)
    installation.store.engine.dispose()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        *((f"{start}cmd|x", f"'{start}cmd|x") for start in "=+-@\t\n"),
        ("\r=cmd", "'\n=cmd"),
        ("a\r=cmd", "a\n=cmd"),
        ("fine = -1", "fine = -1"),
    ],
)
def test_no_text_is_a_formula_and_numbers_stay_numbers(cell: str, written: str) -> None:
    frame = pd.DataFrame({"name": [cell], "v": [-1.5]})
    text = io.StringIO(spreadsheet(frame).decode(), newline="")
    assert list(csv.reader(text)) == [["name", "v"], [written, "-1.5"]]
