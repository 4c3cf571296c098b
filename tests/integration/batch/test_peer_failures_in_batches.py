"""Recorded failures of the peer that take a store, clusterings and batches to show themselves.

The others are in `tests/unit/truth/test_peer_failures.py`; numbers are those of the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cluster_assets.batch.clustering_run import ClusteringOutcome, make_clustering, publish_ready
from cluster_assets.batch.installation import Installation, open_installation
from cluster_assets.cli import app
from cluster_assets.llm.model import ModelRequest
from cluster_assets.orchestration.home import open_instance
from cluster_assets.store.records import StoredSummary
from cluster_assets_bench.testing.clients import ScriptedClient
from cluster_assets_bench.testing.llm_server import LlmServer
from cluster_assets_bench.testing.planted import gene_id, write_tables
from support.scripted import WRITER, bad_title, good, settings_on, write_due


class Site:
    """A store that several inputs are clustered into, with a model that can be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_spoilt = False
        self.client = ScriptedClient(self._answer, model=WRITER)
        self.n_batches = 0

    def _answer(self, request: ModelRequest) -> str:
        spoilt = self.is_spoilt and request.purpose != "judge"
        return bad_title(request) if spoilt else good(request)

    def click(self, name: str, **tables: object) -> tuple[Installation, ClusteringOutcome]:
        """Cluster the tables of a name and run the batch of what is due."""
        named = write_tables(self.folder / name, 4, **tables)  # type: ignore[arg-type]
        installation = open_installation(settings_on(named), self.folder / "home")
        installation.client = lambda *_: self.client  # type: ignore[method-assign]
        outcome = make_clustering(installation, "functional")
        if outcome.due:
            self.n_batches += 1
            write_due(
                installation,
                outcome.due,
                clustering_id=outcome.clustering.clustering_id,
                batch_id=f"batch-{self.n_batches}",
            )
        publish_ready(installation)
        return installation, outcome


def current(installation: Installation) -> list[str]:
    """Return the clusters that a reader of the SQL view sees."""
    with installation.store.engine.connect() as connection:
        return sorted(
            connection.execute(text("SELECT cluster_hash FROM current_results")).scalars()
        )


def hashes(outcome: ClusteringOutcome) -> list[str]:
    return sorted(cluster.cluster_hash for cluster in outcome.clusters)


def texts(installation: Installation, outcome: ClusteringOutcome) -> dict[str, StoredSummary]:
    return installation.store.summaries(hashes(outcome))


def test_peer_13_what_is_current_follows_the_published_clustering(tmp_path: Path) -> None:
    """Seven rows were flagged as current for six clusters after a new clustering."""
    site = Site(tmp_path)
    installation, first = site.click("first")
    installation, second = site.click("second", without=[gene_id(1, 11)])
    gone = set(hashes(first)) - set(hashes(second))
    assert len(gone) == 1
    assert current(installation) == hashes(second)
    assert len(installation.store.summaries(gone)) == 1  # kept for its members, shown to nobody
    installation, third = site.click("first")  # and back: the old text is current again, unwritten
    assert hashes(third) == hashes(first)
    assert third.due == ()
    assert current(installation) == hashes(first)


def test_peer_15_an_ad_hoc_clustering_demotes_no_published_summary(tmp_path: Path) -> None:
    """A gene list of one's own started paid writing, and its failure retired the published text."""
    site = Site(tmp_path)
    installation, published = site.click("published")
    before = texts(installation, published)
    assert {summary.source for summary in before.values()} == {"llm"}
    n_asked = len(site.client.requests)
    site.is_spoilt = True
    installation, ad_hoc = site.click("ad hoc", without=[gene_id(2, 10), gene_id(2, 11)])
    assert len(ad_hoc.due) == 1  # what it shares with the published one is not written again
    assert len(site.client.requests) - n_asked == 3
    [failed] = installation.store.summaries(ad_hoc.due).values()
    assert (failed.source, failed.stand_in) == ("template", "rejected")
    assert texts(installation, published) == before


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # aiohttp and litellm, at the loop's end
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm")
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")
def test_peer_31_a_batch_in_which_every_cluster_fails_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: LlmServer
) -> None:
    """A job in which everything failed was still `completed`."""
    monkeypatch.chdir(tmp_path)
    settings = {
        **write_tables(tmp_path / "tables", 3, marks=dict.fromkeys(range(3), "[[mock:policy]]")),
        "DAGSTER_HOME": str(tmp_path / "home"),
        "CLUSTER_ASSETS_MODEL": WRITER,
        "CLUSTER_ASSETS_API_BASE": server.api_base(),
        "CLUSTER_ASSETS_REQUESTS_PER_MINUTE": "6000",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["run", "--type", "functional", "--json"])
    assert result.exit_code == 1, result.output
    [told] = json.loads(result.stdout)["clusterings"]
    assert told["totals"] == {"succeeded": 0, "failed": 3, "rejected": 0, "skipped": 0}
    with open_instance() as instance:
        batch, clustering = instance.get_runs(limit=2)  # newest first
    assert (batch.status, clustering.status) == (
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.SUCCESS,
    )
