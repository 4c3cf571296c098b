"""A home that does not exist yet, met by several processes at once, and one broken that way."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import clean_environment

N_CLUSTERS = 4
CLI = str(Path(sys.executable).with_name("cluster-assets"))


def start(folder: Path, settings: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CLI, *arguments],
        env=clean_environment(folder / "home", settings),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-4000:]
    return out


def run_three_at_once(folder: Path, extra: Mapping[str, str]) -> None:
    folder.mkdir()
    settings = {**write_tables(folder / "tables", N_CLUSTERS), **extra}
    reports = [
        json.loads(end(process))["clusterings"][0]
        for process in [start(folder, settings, "run", "--json") for _ in range(3)]
    ]
    assert sorted(report["new"] for report in reports) == [0, 0, N_CLUSTERS]
    assert {report["totals"]["failed"] for report in reports} == {0}


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_three_command_lines_at_once_on_a_new_home_end_well(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    extra = {}
    if database == "postgresql":
        extra["CLUSTER_ASSETS_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    run_three_at_once(tmp_path / "one", extra)


@pytest.mark.slow
def test_twenty_rounds_of_three_command_lines_at_once_end_well(tmp_path: Path) -> None:
    for number in range(20):
        run_three_at_once(tmp_path / str(number), {})


def versions(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    finally:
        connection.close()
    return [row[0] for row in rows]


def test_a_home_with_two_versions_is_recognised_and_mended_by_doctor(tmp_path: Path) -> None:
    settings = write_tables(tmp_path / "tables", N_CLUSTERS)
    end(start(tmp_path, settings, "run", "--json"))
    history = tmp_path / "home" / "storage" / "history"
    files = [history / "runs.db", history / "runs" / "index.db"]
    before = [versions(path) for path in files]
    for path in files:
        connection = sqlite3.connect(path)
        with connection:  # an older one, as the process that came second writes it
            connection.execute("INSERT INTO alembic_version VALUES ('5771160a95ad')")
        connection.close()

    findings = json.loads(end(start(tmp_path, settings, "doctor", "--json")))["findings"]
    [home] = [finding for finding in findings if finding["subject"] == "dagster home"]
    assert "history/runs.db" in home["state"]
    assert "history/runs/index.db" in home["state"]
    assert [versions(path) for path in files] == before
    end(start(tmp_path, settings, "run", "--json"))
