"""Planted tables with models that follow a script: settings, answers, batches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cluster_assets.batch.installation import Installation
from cluster_assets.batch.progress import NoProgress, Progress
from cluster_assets.batch.runner import run_batch
from cluster_assets.llm.model import ModelRequest
from cluster_assets.settings import Settings
from cluster_assets_bench.testing.replies import understand

WRITER = "openai/writer"


def settings_on(tables: Mapping[str, str], **options: Any) -> Settings:
    """Return settings on planted tables, at a rate that holds nobody up."""
    values: dict[str, Any] = {
        "model": WRITER,
        "api_base": "http://127.0.0.1:1",
        "judge_api_base": "http://127.0.0.1:1",
        "fallback_api_base": "http://127.0.0.1:1",
        "requests_per_minute": 60_000,
        "burst": 60_000,
    }
    named = {key.removeprefix("CLUSTER_ASSETS_").lower(): v for key, v in tables.items()}
    return Settings(**{**named, **values, **options})


def prompt_of(request: ModelRequest) -> str:
    return "\n".join(message.content for message in request.messages)


def good(request: ModelRequest) -> str:
    return understand(prompt_of(request), {}).text


def bad_title(request: ModelRequest) -> str:
    """A text in good form whose title says what no row says."""
    summary = json.loads(good(request))
    summary["title"] = {**summary["title"], "text": "These 99 genes cause everything"}
    return json.dumps(summary)


def write_due(
    installation: Installation, due: Sequence[str], *, clustering_id: str, batch_id: str
) -> Progress:
    """Run a batch that nobody watches."""
    return run_batch(
        installation,
        due,
        clustering_id=clustering_id,
        batch_id=batch_id,
        sink=NoProgress(),
        on_start=lambda _: None,
        on_outcome=lambda _: None,
    )
