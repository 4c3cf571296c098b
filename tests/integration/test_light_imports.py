"""What is imported often imports light: in a fresh interpreter, the heavy libraries stay out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Case:
    id: str
    modules: tuple[str, ...]
    heavy: tuple[str, ...]


CASES = [
    Case(
        "definitions",
        ("cluster_assets.definitions",),
        ("litellm", "sklearn", "scipy", "matplotlib", "pandera", "pandas", "sqlalchemy"),
    ),
    Case(
        "help of the command line",
        ("cluster_assets.cli",),
        ("dagster", "pandas", "litellm", "sqlalchemy"),
    ),
    Case(
        "clustering",
        (
            "cluster_assets.core.clustering.genes.functional",
            "cluster_assets.core.clustering.entities.phenotype",
            "cluster_assets.core.clustering.plots",
        ),
        ("matplotlib", "sklearn", "scipy.stats"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_heavy_libraries_stay_out(case: Case) -> None:
    code = (
        f"import sys, {', '.join(case.modules)};"
        f"print(*[name for name in {case.heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
