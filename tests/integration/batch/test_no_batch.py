"""A clustering run that gets no batch of its own is told so by the sensor, for those who wait."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from cluster_assets import names
from cluster_assets.orchestration.build import build_defs
from cluster_assets.orchestration.home import open_instance
from cluster_assets.orchestration.resources import InstallationResource
from cluster_assets.orchestration.sensors import new_clusters_sensor
from cluster_assets_bench.testing.planted import write_tables

TAG = names.NO_BATCH_TAG + "functional"


def test_who_is_overtaken_and_who_finds_all_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name, value in write_tables(tmp_path / "tables", 3).items():
        monkeypatch.setenv(name, value)
    with open_instance() as instance:
        defs = build_defs()
        click = defs.resolve_job_def(names.FUNCTIONAL_CLUSTERING_JOB)

        def tick(cursor: str | None) -> dg.SensorResult:
            with dg.build_sensor_context(
                instance=instance, cursor=cursor, resources={"installation": InstallationResource()}
            ) as context:
                result = new_clusters_sensor(context)
            assert isinstance(result, dg.SensorResult)
            return result

        def tags(run_id: str) -> dict[str, str]:
            run = instance.get_run_by_id(run_id)
            assert run is not None
            return run.tags

        overtaken, first = (click.execute_in_process(instance=instance).run_id for _ in range(2))
        result = tick(None)
        [request] = result.run_requests or []
        assert request.tags[names.CLUSTERING_RUN_ID_TAG] == first
        assert first in tags(overtaken)[TAG]
        assert TAG not in tags(first)

        # It was clustered while its clusters were new, and looked at when they had been written
        waited = click.execute_in_process(instance=instance).run_id
        batch = defs.resolve_job_def(names.SUMMARY_BATCH_JOB)
        assert batch.execute_in_process(instance=instance, tags=dict(request.tags)).success
        assert not tick(result.cursor).run_requests
        assert "cached" in tags(waited)[TAG]
