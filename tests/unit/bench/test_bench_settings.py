"""The settings of the benchmarks and the names that the product accepts for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_assets.settings import OTHER_NAMES, Settings
from cluster_assets_bench.settings import BenchSettings


def test_the_product_accepts_just_these_names() -> None:
    names = set(BenchSettings.model_fields)
    assert {name.upper() for name in names} == OTHER_NAMES
    assert not names & set(Settings.model_fields)


def test_the_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_SHARED_DATA", "/real/data")
    assert BenchSettings().shared_data == Path("/real/data")
    monkeypatch.setenv("CLUSTER_ASSETS_SHARED_DATA", "")
    assert BenchSettings().shared_data is None
