"""The layers inside `sources`: each folder imports only from the layers below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cluster_assets import sources

FOLDER = Path(sources.__file__).parent
SHARED = {"config", "ids", "problems", "notices"}
BELOW = {
    "formats": SHARED,
    "tables": SHARED | {"formats"},
    "embedded": SHARED | {"formats"},
    "joining": SHARED | {"formats", "tables", "embedded"},
}


def imported(path: Path) -> set[str]:
    """Return the parts of `sources` that a module imports."""
    prefix = "cluster_assets.sources."
    return {
        node.module.removeprefix(prefix).split(".")[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
    }


def test_each_folder_has_its_layer() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/__init__.py")} == set(BELOW)


@pytest.mark.parametrize("layer", BELOW)
def test_layers(layer: str) -> None:
    for path in (FOLDER / layer).glob("*.py"):
        assert imported(path) <= BELOW[layer] | {layer}, path


@pytest.mark.parametrize("name", sorted(SHARED))
def test_the_shared_modules_know_no_layer(name: str) -> None:
    assert imported(FOLDER / f"{name}.py") <= SHARED
