"""The clustering benchmark as a command: all but the peers, on what comes with the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cluster_assets_bench.clustering import run_clustering_bench

SECONDS_AND_MEMORY = {"s", "MB"}  # a busy machine decides over them


@pytest.mark.slow
@pytest.mark.parametrize("real", [False, pytest.param(True, marks=pytest.mark.real_data)])
def test_every_figure_that_does_not_hang_on_a_clock_is_held(
    real: bool, request: pytest.FixtureRequest
) -> None:
    data: Path | None = request.getfixturevalue("shared_data") if real else None
    report = run_clustering_bench(data, repeats=1, drops=1, peers=False)
    figures = [figure for figure in report.figures if figure.unit not in SECONDS_AND_MEMORY]
    assert all(figure.is_held for figure in figures), report.to_dict()
    assert any("hashes kept" in figure.what for figure in figures)
    assert any("independent ensembles" in figure.what for figure in figures) is real
    assert json.loads(json.dumps(report.to_dict()))["title"] == "Clustering"
    assert report.table().row_count == len(report.figures)
