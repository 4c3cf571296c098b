"""What a person sees: Dagster's pages and the exported page, in a real browser (Chromium)."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster_assets.client import ClusterAssetsClient
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import dagster_dev

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1400,2200", "--virtual-time-budget=30000", "--dump-dom",
)  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here"),
]
Browse = Callable[[str], str]


@dataclass(frozen=True)
class Site:
    url: str
    client: ClusterAssetsClient


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    settings = write_tables(folder / "tables", 4)
    with dagster_dev(folder / "home", settings, folder / "dagster.log") as url:
        client = ClusterAssetsClient(url)
        run_id = client.launch("functional")
        deadline = time.monotonic() + 600
        while not (client.progress(run_id).batches and client.progress(run_id).ended):
            assert time.monotonic() < deadline, client.progress(run_id)
            time.sleep(0.3)
        yield Site(url, client)


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    def dump(address: str) -> str:
        """Return the page as scripts have left it."""
        command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={tmp_path}", address]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return done.stdout

    return dump


def words(page: str) -> str:
    """Return what can be read on a page."""
    visible = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", visible)))


def test_the_clustering_shows_its_figures_and_clusters(site: Site, browse: Browse) -> None:
    page = words(browse(f"{site.url}/assets/functional_clustering"))
    assert "Genes clustered by function: consensus Leiden" in page
    for name in ("quality/modularity", "quality/stability", "n_clusters", "fingerprint", "plot"):
        assert name in page
    for result in site.client.results():
        assert result.name in page
        assert result.cluster_hash in page


def test_a_partition_shows_its_text_and_evidence(site: Site, browse: Browse) -> None:
    result = site.client.results()[0]
    view = f"validated_summaries?view=partitions&partition={result.cluster_hash}"
    page = words(browse(f"{site.url}/assets/{view}"))
    assert result.title in page
    assert result.title[0].isupper()
    detail = site.client.cluster(result.cluster_hash)
    assert detail is not None
    for claim in detail.summary["claims"]:
        assert claim["text"] in page
    assert "FDR" in page.partition("Footnotes")[2]
    assert "Not for clinical use." in page


def test_the_clusters_partition_shows_figures(site: Site, browse: Browse) -> None:
    key = site.client.results()[0].cluster_hash
    page = words(browse(f"{site.url}/assets/clusters?view=partitions&partition={key}"))
    for name in ("members", "subclusters", "stability", "confidence", "packet_sha256"):
        assert name in page


def test_the_sensor_runs_and_says_why(site: Site, browse: Browse) -> None:
    page = words(browse(f"{site.url}/locations/cluster_assets/sensors/new_clusters_sensor"))
    assert "Starts one batch run for the new clusters of each finished clustering" in page
    assert "1 run requested" in page


def test_progress_is_among_the_tags_of_the_batch(site: Site, browse: Browse) -> None:
    page = words(browse(f"{site.url}/runs"))
    assert "Generating 4/4 clusters" in page
