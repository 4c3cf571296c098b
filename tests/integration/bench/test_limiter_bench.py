"""The limiter benchmark itself, once, with what it is held to."""

from __future__ import annotations

import json

import pytest

from cluster_assets.store.connecting import open_engine
from cluster_assets_bench.limiter import FOUR, run_limiter_bench, run_load
from cluster_assets_bench.testing.llm_server import Behaviour
from cluster_assets_bench.testing.server_process import ServerProcess


@pytest.mark.slow
def test_the_limit_is_held() -> None:
    report = run_limiter_bench(repeats=1)
    assert [figure.what for figure in report.figures if not figure.is_held] == []
    assert json.loads(json.dumps(report.to_dict()))["is_held"] is True


@pytest.mark.slow
def test_the_limit_is_held_on_postgresql(postgres_url: str) -> None:
    open_engine(postgres_url).dispose()
    with ServerProcess() as server:
        run = run_load(FOUR, server, postgres_url)
    assert run.n_rejected == 0
    assert run.wall_s <= 1.05 * FOUR.rate_bound_s
    assert run.spread <= 1.3


def test_the_server_as_a_process() -> None:
    with ServerProcess(Behaviour(limit=3)) as server:
        assert server.api_base("gemini").endswith("/v1beta")
        assert server.stats().n_requests == 0
