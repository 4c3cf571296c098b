"""What is made outside an event loop and used inside one."""

from __future__ import annotations

from typing import Any, cast

from cluster_assets.batch.scheduling import Gate
from cluster_assets.batch.writing import ClusterWriter
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.retry import RetryPolicy


def test_no_constructor_needs_a_running_loop() -> None:
    nothing = cast("Any", None)
    ClusterWriter(
        nothing, nothing, batch_id="b", policy=RetryPolicy(), narratives={}, on_usage=lambda _: None
    )
    Gate(requests_per_s=1.0)
    Breaker()
