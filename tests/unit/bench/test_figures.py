"""Figures of benchmarks: medians, bounds, what is held."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cluster_assets_bench.figures import BenchReport, Figure
from cluster_assets_bench.limiter import FOUR, ONE, REAL


@pytest.mark.parametrize(
    ("runs", "at_most", "held"),
    [((1.0, 9.0, 2.0), 2.0, True), ((1.0, 9.0, 3.0), 2.0, False), ((1.0,), None, True)],
)
def test_the_median_is_held_to_the_limit(
    runs: tuple[float, ...], at_most: float | None, held: bool
) -> None:
    figure = Figure("wall", "s", runs, bound=1.0, at_most=at_most)
    assert figure.is_held is held
    assert BenchReport("t", (figure,)).is_held is held
    assert BenchReport("t", (figure,)).to_dict()["is_held"] is held


@pytest.mark.parametrize(("runs", "held"), [((0.9, 0.98, 0.99), True), ((0.9, 0.96), False)])
def test_a_figure_that_should_be_high(runs: tuple[float, ...], held: bool) -> None:
    figure = Figure("agreement", "", runs, at_least=0.97)
    assert figure.is_held is held
    assert figure.limit == ">= 0.97"


def test_the_table_shows_median_bound_and_limit() -> None:
    report = BenchReport("Title", (Figure("wall", "s", (1.0, 2.5, 4.0), 1.5, 3.0),), ("A note.",))
    console = Console(width=120, file=io.StringIO())
    console.print(report.table())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for part in ("Title", "wall", "2.50 s", "1 s", "4 s", "1.50 s", "<= 3", "A note."):
        assert part in shown


def test_bounds_of_the_loads() -> None:
    assert FOUR.rate_bound_s == ONE.rate_bound_s == 22.0
    assert REAL.burst_bound_s == 102.0
