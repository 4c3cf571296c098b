"""What a person may set when launching a clustering.

Without postponed annotations: Dagster evaluates those of the config class.
"""

from typing import Literal

import dagster as dg
from pydantic import Field

from cluster_assets.core.models import Continuity


class ClusteringConfig(dg.Config):
    """Run config of the clustering assets."""

    continuity: Literal["setting", Continuity] = Field(
        default="setting",
        description="`warm` starts from the published clustering so that unchanged clusters keep"
        " their summaries; `fresh` does not; `setting` follows CLUSTER_ASSETS_CONTINUITY.",
    )
