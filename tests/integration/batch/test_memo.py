"""Clicking again: what is read, what is computed, when the clustering that is there serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_assets.batch.clustering_run import ClusteringOutcome, make_clustering
from cluster_assets.batch.installation import Installation, open_installation
from cluster_assets.core.models import FunctionalInput
from cluster_assets.settings import load_settings
from cluster_assets.sources.table_source import TableSource
from cluster_assets_bench.testing.planted import write_tables


class Site:
    """An installation on planted tables whose source counts how often it is read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder)
        self.named = write_tables(folder / "tables", 4)
        for name, value in self.named.items():
            monkeypatch.setenv(name, value)
        self.folder, self.n_reads = folder, 0
        self.while_reading: Callable[[], object] = lambda: None
        read = TableSource.functional

        def counted(source: TableSource) -> FunctionalInput:
            self.n_reads += 1
            found = read(source)
            self.while_reading()
            return found

        monkeypatch.setattr(TableSource, "functional", counted)
        self.installation = self.open()

    def open(self) -> Installation:
        return open_installation(load_settings(), self.folder / "home")

    def click(self, **options: object) -> ClusteringOutcome:
        return make_clustering(self.installation, "functional", **options)

    def file(self, name: str) -> Path:
        return Path(self.named[f"CLUSTER_ASSETS_{name}"])

    def turn_rows(self, name: str) -> None:
        header, *rows = self.file(name).read_text().splitlines(keepends=True)
        self.file(name).write_text("".join([header, *reversed(rows)]))

    def drop_last_row(self, name: str) -> None:
        rows = self.file(name).read_text().splitlines(keepends=True)
        self.file(name).write_text("".join(rows[:-1]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path, monkeypatch)
    yield made
    made.installation.store.engine.dispose()


def test_unchanged_files_are_not_read(site: Site) -> None:
    first = site.click()
    again = site.click()
    assert (first.memoised, again.memoised, site.n_reads) == (False, True, 1)
    assert again.clustering == first.clustering
    assert again.clusters == first.clusters


def test_rows_in_another_order_are_read_once_and_computed_never(site: Site) -> None:
    first = site.click()
    site.turn_rows("INTERACTIONS_FILES")
    second, third = site.click(), site.click()
    assert (second.memoised, third.memoised, site.n_reads) == (True, True, 2)
    assert third.clustering.clustering_id == first.clustering.clustering_id


def test_other_data_are_clustered(site: Site) -> None:
    first = site.click()
    site.drop_last_row("ANNOTATIONS_FILES")
    second = site.click()
    assert (second.memoised, site.n_reads) == (False, 2)
    assert second.clustering.fingerprint != first.clustering.fingerprint


def test_another_setting_is_clustered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.click()
    monkeypatch.setenv("CLUSTER_ASSETS_RESOLUTION", "1.5")
    outcome = make_clustering(site.open(), "functional")
    assert (outcome.memoised, site.n_reads) == (False, 2)


def test_an_old_clustering_is_made_again(site: Site) -> None:
    site.click()
    days = site.installation.settings.ttl_days + 1
    site.installation.now = lambda: datetime.now(UTC) + timedelta(days=days)
    assert not site.click().memoised


def test_fresh_is_not_served_from_what_was_carried_over(site: Site) -> None:
    first = site.click()
    site.installation.store.publish(first.clustering.clustering_id, now=datetime.now(UTC))
    site.drop_last_row("INTERACTIONS_FILES")
    carried = site.click()
    assert carried.clustering.started_from == first.clustering.clustering_id
    assert site.click().memoised
    fresh = site.click(continuity="fresh")
    assert not fresh.memoised
    assert fresh.clustering.started_from is None


def test_a_file_that_changes_while_it_is_read_leaves_no_stamp(site: Site) -> None:
    site.while_reading = lambda: site.turn_rows("INTERACTIONS_FILES")
    assert site.click().clustering.input_stamp is None
    site.while_reading = lambda: None
    assert site.click().memoised  # read again, and told by its fingerprint
    assert site.n_reads == 2
    assert site.click().memoised
    assert site.n_reads == 2


def test_a_missing_file_is_said_not_served_from_the_memo(site: Site) -> None:
    from cluster_assets.errors import InputError

    site.click()
    site.file("ANNOTATIONS_FILES").unlink()
    with pytest.raises(InputError, match="file not found"):
        site.click()
