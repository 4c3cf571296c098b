"""How sure a member's place is, and the parts of a cluster: from the method to every reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.batch.results import PublishedCluster, current_clusterings
from cluster_assets.export import write_export
from cluster_assets.orchestration.metadata import cluster_metadata
from cluster_assets.settings import load_settings
from cluster_assets.terminal import print_cluster
from support.nested_tables import N_PARTS, parts, write_nested


def published(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, n_between: int = 0, **settings: str
) -> tuple[PublishedCluster, ...]:
    monkeypatch.chdir(folder)
    named = {f"CLUSTER_ASSETS_{name}": value for name, value in settings.items()}
    for name, value in {**write_nested(folder / "tables", n_between=n_between), **named}.items():
        monkeypatch.setenv(name, value)
    installation = open_installation(load_settings(), folder / "home")
    make_clustering(installation, "functional")
    [clustering] = current_clusterings(installation)
    write_export([clustering], "html", folder / "out.html")
    write_export([clustering], "csv", folder / "out.csv")
    installation.store.engine.dispose()
    return clustering.clusters


def test_clusters_are_split_once_more_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clusters = published(tmp_path, monkeypatch, SUBCLUSTERS="true")
    assert len(clusters) == N_PARTS // 2
    found = [part for cluster in clusters for part in cluster.subclusters]
    assert {frozenset(m.id for m in part.members) for part in found} == set(parts())
    assert {part.name.split(" (")[0] for part in found} == {
        "Axon guidance", "Synapse pruning", "Bile secretion", "Iron storage"
    }  # fmt: skip
    for cluster in clusters:
        inside = [member for part in cluster.subclusters for member in part.members]
        assert sorted(inside, key=lambda member: member.id) == list(cluster.members)
        shown = cluster.to_dict()["subclusters"]
        assert [part["name"] for part in shown] == [part.name for part in cluster.subclusters]
    print_cluster(clusters[0])
    printed = capsys.readouterr().out
    page = (tmp_path / "out.html").read_text()
    for part in clusters[0].subclusters:
        assert f"subcluster {part.name}: {part.members[0].label}" in printed
        assert f"{part.name}: {part.members[0].label}" in page


def test_clusters_stay_whole_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(not cluster.subclusters for cluster in published(tmp_path, monkeypatch))


def test_each_gene_says_how_sure_its_place_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clusters = published(tmp_path, monkeypatch, n_between=4)
    for cluster in clusters:
        assert set(cluster.member_confidence) == {member.id for member in cluster.members}
        assert all(0 < value <= 1 for value in cluster.member_confidence.values())
        listed = {m["id"]: m["confidence"] for m in cluster.to_dict()["members"]}
        assert listed == {
            key: pytest.approx(value, abs=1e-4) for key, value in cluster.member_confidence.items()
        }
    unsure = [c for c in clusters if min(c.member_confidence.values()) < 0.75]
    assert unsure, "the data of this test should leave some gene unsure"
    print_cluster(unsure[0])
    lowest = min(unsure[0].members, key=lambda m: unsure[0].member_confidence[m.id])
    said = f"{lowest.label} {unsure[0].member_confidence[lowest.id]:.2f}"
    assert said in capsys.readouterr().out.split("least certain members: ")[1]
    marked = f"{lowest.label} ({unsure[0].member_confidence[lowest.id]:.2f})"
    assert marked in (tmp_path / "out.html").read_text()


def test_the_partition_of_a_cluster_tells_its_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, monkeypatch, SUBCLUSTERS="true")
    installation = open_installation(load_settings(), tmp_path / "home")
    latest = installation.store.latest_clustering("functional")
    assert latest is not None
    stored = installation.store.clusters(latest.clustering_id)[0]
    metadata = cluster_metadata(stored, "0" * 64)
    members = metadata["members"].value
    assert [member["id"] for member in members] == [m.id for m in stored.packet.members]
    assert all(0 < member["confidence"] <= 1 for member in members)
    assert [part["name"] for part in metadata["subclusters"].value] == [
        part.name for part in stored.subclusters
    ]
    assert 0 < metadata["stability"].value <= 1
    installation.store.engine.dispose()
