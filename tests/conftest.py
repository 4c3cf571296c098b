"""Fixtures of all tiers, and the rule that keeps the tiers apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data; the test skips where it is not there."""
    folder = Path(os.environ.get("CLUSTER_ASSETS_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "ndd" / "genes.tsv").is_file():
        pytest.skip("the shared real data is not here (CLUSTER_ASSETS_SHARED_DATA)")
    return folder
