"""What a person may set when launching a clustering."""

from enum import Enum

import dagster as dg
from pydantic import Field


class Continuity(Enum):
    """Where a clustering starts; the names are what the launchpad shows and takes."""

    setting = "setting"
    warm = "warm"
    fresh = "fresh"


class ClusteringConfig(dg.Config):
    """Run config of the clustering assets."""

    continuity: Continuity = Field(
        default=Continuity.setting,
        description="`warm` starts from the published clustering so that unchanged clusters keep"
        " their summaries; `fresh` does not; `setting` follows CLUSTER_ASSETS_CONTINUITY.",
    )
