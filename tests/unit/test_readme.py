"""The README and the examples cannot go stale: what they name is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

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


def test_each_setting_that_is_named_is_there() -> None:
    known = {name.upper() for name in Settings.model_fields}
    tables = re.findall(r"^\| (`[A-Z_`, ]+`) \|", README, re.MULTILINE)
    named = {name for row in tables for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named
    assert named <= known
    examples = README + (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(rf"{PREFIX}([A-Z_]+)", examples)) <= known


def test_the_defaults_in_the_table_are_the_defaults() -> None:
    for name, default in re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", README, re.MULTILINE):
        value = Settings.model_fields[name.lower()].default
        shown = default.strip().strip("`")
        if value not in (None, ()):
            assert shown in {str(value).removesuffix(".0"), str(value), str(value).lower()}, name


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
