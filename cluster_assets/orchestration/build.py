"""Building the Dagster definitions; tests and the CLI replace resources in them."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from cluster_assets.batch.progress import NoProgress
from cluster_assets.orchestration.assets.clusterings import (
    functional_clustering,
    phenotype_clustering,
)
from cluster_assets.orchestration.assets.published import published_clusterings
from cluster_assets.orchestration.assets.summaries import summary_batch
from cluster_assets.orchestration.jobs import jobs
from cluster_assets.orchestration.resources import InstallationResource
from cluster_assets.orchestration.sensors import new_clusters_sensor
from cluster_assets.settings import load_settings


def build_defs(resource_overrides: Mapping[str, object] | None = None) -> dg.Definitions:
    """Return a new set of definitions.

    Args:
        resource_overrides: replacements for `installation` (an `InstallationResource`) or
            `progress` (a `ProgressSink`).

    Raises:
        SettingsError: `CA-101`, once when the definitions load rather than in every run.
    """
    load_settings()
    resources: dict[str, object] = {
        "installation": InstallationResource(),
        "progress": NoProgress(),
    }
    return dg.Definitions(
        assets=[functional_clustering, phenotype_clustering, summary_batch, published_clusterings],
        jobs=jobs,
        sensors=[new_clusters_sensor],
        resources=resources | dict(resource_overrides or {}),
    )
