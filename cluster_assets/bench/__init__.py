"""The benchmarks: each measures one thing against a bound and what it is held to.

They run with what is installed; peers, where there are any, live in environments of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster_assets.bench.figures import BenchReport
    from cluster_assets.bench.judge import JudgeBench


def run_bench(name: str) -> BenchReport | JudgeBench:
    """Run the benchmark of that name."""
    if name == "limiter":
        from cluster_assets.bench.limiter import run_limiter_bench

        return run_limiter_bench(full=True)
    if name == "engine":
        from cluster_assets.bench.engine import run_engine_bench

        return run_engine_bench()
    if name == "judge":
        import os
        from pathlib import Path

        from cluster_assets.bench.judge import run_judge_bench

        data = os.environ.get("CLUSTER_ASSETS_SHARED_DATA")
        return run_judge_bench(Path(data) if data else None)
    raise ValueError(f"there is no benchmark `{name}`")
