"""All definitions: complete, named as the interface says, and as the snapshot has them."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from cluster_assets import names
from cluster_assets.definitions import defs

REPOSITORY = defs.get_repository_def()
GRAPH = REPOSITORY.asset_graph
SPECS = {
    key.to_user_string(): spec for spec in defs.resolve_all_asset_specs() for key in [spec.key]
}


@pytest.mark.parametrize("name", sorted(SPECS))
def test_each_asset_says_all_that_a_user_of_the_ui_expects(name: str) -> None:
    spec = SPECS[name]
    assert spec.description
    assert not spec.description.startswith(("Returns", "Args"))
    assert spec.group_name not in {None, "default"}
    assert 1 <= len(spec.kinds) <= 3
    assert spec.owners
    assert spec.code_version


def test_assets_are_those_of_the_interface() -> None:
    assert set(SPECS) == {
        "functional_clustering",
        "phenotype_clustering",
        "clusters",
        "cluster_summaries",
        "validated_summaries",
        "published_clusterings",
    }
    partitioned = {name for name, spec in SPECS.items() if spec.partitions_def is not None}
    assert partitioned == {"clusters", "cluster_summaries", "validated_summaries"}
    assert {SPECS[name].partitions_def.name for name in partitioned} == {"cluster_hash"}


def test_jobs_and_sensor_are_those_of_the_interface_and_described() -> None:
    jobs = {job.name: job for job in REPOSITORY.get_all_jobs() if not job.name.startswith("__")}
    assert set(jobs) == {
        "clustering_job",
        "functional_clustering_job",
        "phenotype_clustering_job",
        "summary_batch_job",
    }
    assert all(job.description for job in jobs.values())
    [sensor] = REPOSITORY.sensor_defs
    assert sensor.name == names.NEW_CLUSTERS_SENSOR
    assert sensor.default_status.value == "RUNNING"
    assert sensor.description


def test_no_step_retries_what_the_batch_has_retried() -> None:
    for job in REPOSITORY.get_all_jobs():
        for node in job.nodes:
            assert node.definition.retry_policy is None
    assert REPOSITORY.get_job("summary_batch_job").tags["dagster/max_retries"] == "0"


def test_all_definitions_are_as_before(snapshot: SnapshotAssertion) -> None:
    assert {name: _shown(spec) for name, spec in sorted(SPECS.items())} == snapshot


def _shown(spec: Any) -> dict[str, Any]:
    return {
        "description": spec.description,
        "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
        "group": spec.group_name,
        "kinds": sorted(spec.kinds),
        "owners": list(spec.owners),
        "partitions": spec.partitions_def.name if spec.partitions_def else None,
    }
