"""What a checkout brings with it: the licence, and what CI runs."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_licence_is_declared_and_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "MIT"
    [name] = project["license-files"]
    text = (ROOT / name).read_text("utf-8")
    assert text.startswith("MIT License")
    assert f"2026 {project['authors'][0]['name']}" in text


def test_ci_runs_the_checks_and_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [line.removeprefix("exec ") for line in lines if "make " in line]
    assert [line for line in commands if line.startswith("make ")] == ["make check", "make test"]
