"""The settings of the benchmarks; `cluster_assets.settings` knows their names and ignores them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cluster_assets.settings import PREFIX


class BenchSettings(BaseSettings):
    """Settings of the benchmarks, from the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    shared_data: Path | None = Field(default=None, description="folder with the real data")
