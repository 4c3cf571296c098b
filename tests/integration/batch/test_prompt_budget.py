"""How long the prompts of real clusters are: all that the embedded data has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType
from cluster_assets.core.summary.judge import judge_messages, judge_wire_schema
from cluster_assets.core.summary.prompts import writer_messages
from cluster_assets.core.summary.reading import wire_schema
from cluster_assets.core.summary.template import template_summary
from cluster_assets.settings import Settings

BUDGET = 6000  # tokens of the prompt with its schema, at four characters a token
NONCE = "0123456789abcdef01234567"


@pytest.mark.slow
@pytest.mark.parametrize("cluster_type", CLUSTER_TYPES)
def test_no_prompt_of_the_embedded_clusters_is_over_the_budget(
    cluster_type: ClusterType, tmp_path: Path
) -> None:
    clusters = make_clustering(open_installation(Settings(), tmp_path), cluster_type).clusters
    assert max(cluster.packet.n_members for cluster in clusters) > 500
    for packet in (cluster.packet for cluster in clusters):
        for prompt, schema in (
            (writer_messages(packet, nonce=NONCE), wire_schema(cluster_type)),
            (judge_messages(template_summary(packet), packet, nonce=NONCE), judge_wire_schema()),
        ):
            text = "".join(content for _, content in prompt) + json.dumps(schema)
            assert len(text) / 4 <= BUDGET
