"""The README and the examples cannot go stale: what they name is there."""

from __future__ import annotations

import re
import tomllib
from itertools import zip_longest
from pathlib import Path

import pytest
from typer.main import get_command

from cluster_assets import client
from cluster_assets.cli import app
from cluster_assets.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_each_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", README + MAKEFILE))
    assert {"demo", "test"} <= named <= targets


def test_each_command_and_option_that_is_named_is_there() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for line in re.findall(r"cluster-assets ([^`\n#]+)", README):
        name, *rest = line.split()
        assert name in commands, name
        options = {option for param in commands[name].params for option in param.opts}
        assert {word for word in rest if word.startswith("--")} <= options, line


def settings_rows(readme: str) -> list[tuple[list[str], list[str]]]:
    """Return names and defaults of each row of the settings table, `A`, `B` | 1, 2 as two each."""
    table = readme.partition("| setting | default | meaning |\n| --- | --- | --- |\n")[2]
    rows = []
    for line in table.partition("\n\n")[0].splitlines():
        names, defaults = line.split("|")[1:3]
        rows.append((re.findall(r"`([^`]+)`", names), [x.strip() for x in defaults.split(",")]))
    return rows


def wrong_defaults(readme: str) -> list[str]:
    """Return the settings of the table that are unknown or have another default."""
    wrong = []
    for names, defaults in settings_rows(readme):
        if len(defaults) == 1:
            defaults = defaults * len(names)  # noqa: PLW2901 - one default for all of the row
        for name, shown in zip_longest(names, defaults):
            field = Settings.model_fields.get((name or "").lower())
            if field is None or not is_default(field.default, shown):
                wrong.append(name or shown)
    return wrong


def is_default(value: object, shown: str | None) -> bool:
    """Return whether a cell of the table shows a default; None is shown in words."""
    if shown is None:
        return False
    if value in (None, ()):
        return shown in DEFAULT_IN_WORDS
    return shown.strip("`") in {str(value), str(value).lower(), str(value).removesuffix(".0")}


# How the table shows that there is no default: the last two say what takes its place
DEFAULT_IN_WORDS = {"none", "`MODEL`", "SQLite under `DAGSTER_HOME`"}


def test_each_row_of_the_settings_table_is_true() -> None:
    assert len(settings_rows(README)) >= 15
    assert wrong_defaults(README) == []


LIMIT = "`REQUESTS_PER_MINUTE`, `BURST` | 30, 10"
BASES = "`JUDGE_API_BASE`, `FALLBACK_API_BASE` | none"


@pytest.mark.parametrize(
    ("row", "other", "wrong"),
    [
        (LIMIT, "`REQUESTS_PER_MINUTE`, `BURST` | 30, 11", "BURST"),
        (LIMIT, "`REQUESTS_PER_MINUTE`, `BUST` | 30, 10", "BUST"),
        (LIMIT, "`REQUESTS_PER_MINUTE` | 30, 10", "10"),
        (BASES, "`JUDGE_API_BASE`, `FALLBACK_API` | none", "FALLBACK_API"),
        ("`TTL_DAYS` | 365", "`TTL_DAYS` | 36", "TTL_DAYS"),
        ("`TTL_DAYS` | 365", "`TTL_DAYS` | none", "TTL_DAYS"),
        ("`FALLBACK_MODEL` | none", "`FALLBACK_MODEL` | 3", "FALLBACK_MODEL"),
    ],
)
def test_a_row_that_is_wrong_is_found(row: str, other: str, wrong: str) -> None:
    assert row in README
    assert wrong_defaults(README.replace(row, other)) == [wrong]


def test_each_setting_that_is_named_is_there() -> None:
    known = {name.upper() for name in Settings.model_fields}
    tables = re.findall(r"^\| (`[A-Z_`, ]+`) \|", README, re.MULTILINE)
    named = {name for row in tables for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named
    assert named <= known
    examples = README + (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(rf"{PREFIX}([A-Z_]+)", examples)) <= known


def test_the_clients_methods_that_are_named_are_there() -> None:
    for name in re.findall(r"client\.(\w+)\(", README):
        assert hasattr(client.ClusterAssetsClient, name), name


def test_each_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = {
        re.split(r"[<>=\[ ]", requirement)[0]
        for requirement in [*project["dependencies"], *(r for extra in extras for r in extra)]
    }
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    named = set(re.findall(r"[\w-]+", " ".join(re.findall(r"^\| ([^|]+) \|", reasons, re.M))))
    assert wanted <= named, wanted - named


def test_locks_carry_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        pins = re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)
        assert len(pins) > 100
        assert text.count("--hash=sha256:") >= len(pins)
