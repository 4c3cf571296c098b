"""The benchmarks: each measures figures and compares them with bounds.

They run in the installed environment; peers run in environments of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cluster_assets.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from cluster_assets.batch.installation import Installation


class Report(Protocol):
    """The result of a benchmark."""

    @property
    def is_held(self) -> bool:
        """Whether every figure is within its bound."""
        ...

    def to_dict(self) -> Mapping[str, Any]:
        """Return JSON values."""
        ...

    def table(self) -> Table:
        """Return the table that a person reads."""
        ...


def run_bench(
    name: str, *, panel: Path | None = None, compare: tuple[Path, Path] | None = None
) -> Report:
    """Run the benchmark of that name.

    Args:
        name: which.
        panel: for `judge`: run the fixed panel instead, and save the run here.
        compare: for `judge`: compare two saved runs instead.

    Raises:
        SettingsError: `CA-123` when there is no such benchmark, or `panel` or `compare` do not
            fit the rest.
    """
    if panel is not None or compare is not None:
        return _drift(name, panel, compare)
    if name == "limiter":
        from cluster_assets_bench.limiter import run_limiter_bench

        return run_limiter_bench(full=True, peers=True)
    if name == "engine":
        from cluster_assets_bench.engine import run_engine_bench

        return run_engine_bench()
    from cluster_assets_bench.settings import BenchSettings

    shared = BenchSettings().shared_data
    if name == "clustering":
        from cluster_assets_bench.clustering import run_clustering_bench

        return run_clustering_bench(shared)
    if name == "judge":
        from cluster_assets_bench.judge import run_judge_bench

        return run_judge_bench(shared, installation=_installation_with_judge())
    raise SettingsError(
        "CA-123", f"there is no benchmark `{name}`; choose judge, limiter, engine or clustering"
    )


def _drift(name: str, panel: Path | None, compare: tuple[Path, Path] | None) -> Report:
    if name != "judge" or (panel is not None and compare is not None):
        raise SettingsError("CA-123", "`--panel` and `--compare` are for `judge`, one at a time")
    from cluster_assets_bench.drift import compare_runs
    from cluster_assets_bench.panel import load_run, run_panel

    if compare is not None:
        return compare_runs(*map(load_run, compare))
    assert panel is not None  # noqa: S101 - one of the two is given
    return run_panel(_installation(), panel)


def _installation() -> Installation:
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.settings import dagster_home, load_settings

    return open_installation(load_settings(), dagster_home())


def _installation_with_judge() -> Installation | None:
    """Return what the judge is asked through; None when no model is set, and nothing is opened."""
    from cluster_assets.llm.model import OFFLINE_MODEL
    from cluster_assets.settings import load_settings

    return None if load_settings().effective_judge_model == OFFLINE_MODEL else _installation()
