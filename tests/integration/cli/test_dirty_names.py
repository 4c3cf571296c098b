"""Labels with hidden characters and formulas, from the tables to PostgreSQL, terminal and files."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.core.injection import hidden_characters
from cluster_assets.export import spreadsheet
from cluster_assets.testing.planted import write_tables
from cluster_assets.testing.processes import clean_environment


def test_names_are_clean_wherever_they_arrive(tmp_path: Path, postgres_url: str) -> None:
    settings = write_tables(tmp_path / "tables", 2, marks={0: "\x00\x1b[2J\u202e" + "x" * 9_000})
    terms = tmp_path / "tables" / "terms.tsv"
    terms.write_text(terms.read_text("utf-8").replace("\tbar", "\t=1+bar"), "utf-8")
    settings |= {
        "CLUSTER_ASSETS_DATABASE_URL": postgres_url,
        "CLUSTER_ASSETS_DATA_RELEASE": "v\x1b1",
    }

    def shell(*arguments: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("cluster-assets")), *arguments],
            env=clean_environment(tmp_path / "home", settings),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    shell("run", "--type", "functional")
    [clustering] = json.loads(shell("show", "--json"))["clusterings"]
    names = [cluster["name"] for cluster in clustering["clusters"]]
    assert any(name.startswith("=1+bar") for name in names)
    assert all(len(name) <= 200 for name in names)
    for output in ("csv", "html"):
        shell("export", "--format", output, f"out.{output}")
        text = (tmp_path / f"out.{output}").read_text("utf-8")
        assert not hidden_characters(text.replace("\n", ""))
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert any(cell.startswith("'=1+bar") for cell in cells)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_is_a_formula_and_numbers_stay_numbers(start: str) -> None:
    frame = pd.DataFrame({"name": [f"{start}cmd|x", "fine = -1"], "v": [-1.5, 2.0]})
    text = io.StringIO(spreadsheet(frame).decode(), newline="")
    first, second = list(csv.reader(text))[1:]
    assert first == [f"'{start}cmd|x", "-1.5"]
    assert second == ["fine = -1", "2.0"]
