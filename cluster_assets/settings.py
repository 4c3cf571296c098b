"""All settings, from the environment or `.env`, with the prefix `CLUSTER_ASSETS_`.

They are read once, at the outermost layer (CLI, Dagster resources), and passed inward as values:
nothing below reads the environment. Provider keys keep the names that litellm uses and stay in the
environment. An unknown name with the prefix is an error, so that no misspelt setting is ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cluster_assets.addresses import check_api_address
from cluster_assets.core.models import Continuity
from cluster_assets.errors import SettingsError
from cluster_assets.sources.config import DatabaseUrl, SourceConfig

PREFIX = "CLUSTER_ASSETS_"
DEFAULT_HOME = ".dagster_home"
ENV_FILE = Path(".env")
# Names with our prefix that are not settings: where tests and benchmarks find the real data
OTHER_NAMES = frozenset({"SHARED_DATA"})
# `CLUSTER_ASSET_MODEL` is surely meant to be one of ours
_LIKE_PREFIX = re.compile(r"CLUSTERS?_?ASSETS?_+", re.IGNORECASE)
# Kubernetes and Docker set these wherever a service is named `cluster-assets...`
_SERVICE_VARIABLE = re.compile(
    r"(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)",
    re.IGNORECASE,
)


class ModelSettings(BaseModel, frozen=True):
    """Models, their limits, and where results are kept."""

    model: str = Field(
        default="offline/template", description="litellm name of the model that writes"
    )
    judge_model: str | None = Field(
        default=None, description="model that judges; MODEL when not set"
    )
    fallback_model: str | None = Field(default=None, description="model for the last attempt")
    api_base: str | None = Field(
        default=None, description="address of the writer, and of other models of the same provider"
    )
    judge_api_base: str | None = Field(default=None, description="address of the judge")
    fallback_api_base: str | None = Field(default=None, description="address of the fallback model")
    requests_per_minute: int = Field(
        default=30, ge=1, le=100_000, description="requests per minute, over all processes"
    )
    burst: int = Field(default=10, ge=1, description="requests that may be sent at once")
    request_timeout_s: float = Field(default=60.0, gt=0, description="total time for one request")
    max_retries: int = Field(default=3, ge=0, le=10, description="retries per cluster")
    ttl_days: float = Field(
        default=365.0, gt=0, description="lifetime of a summary and of a clustering result"
    )
    database_url: DatabaseUrl | None = Field(
        default=None, description="SQLAlchemy URL; SQLite under DAGSTER_HOME when not set"
    )


# pyright takes BaseSettings for a mutable dataclass, which a frozen one may not inherit from
class Settings(
    BaseSettings,
    SourceConfig,
    ModelSettings,
    frozen=True,  # pyright: ignore[reportGeneralTypeIssues]
):
    """Settings of one installation; see the table in the README."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        extra="ignore",
        env_ignore_empty=True,
        enable_decoding=False,  # lists of files are separated by commas, not written as JSON
    )

    continuity: Continuity = Field(
        default="warm", description="start from the last result, or afresh"
    )
    resolution: float = Field(default=1.0, gt=0, description="resolution of the Leiden method")
    subclusters: bool = Field(default=False, description="split each functional cluster once more")

    @field_validator("api_base", "judge_api_base", "fallback_api_base")
    @classmethod
    def _readable_address(cls, value: str | None) -> str | None:
        return None if value is None else check_api_address(value)

    @field_validator("database_url")
    @classmethod
    def _one_driver(cls, value: SecretStr | None) -> SecretStr | None:
        """Give a bare `postgresql://` the driver that Dagster's storage uses too."""
        if value is None:
            return None
        url = value.get_secret_value()
        for bare in ("postgresql://", "postgres://"):
            if url.startswith(bare):
                return SecretStr("postgresql+psycopg2://" + url.removeprefix(bare))
        if not url.startswith(("postgresql+psycopg2://", "sqlite:///")):
            raise ValueError("must start with `postgresql://` or `sqlite:///`")
        return value

    @model_validator(mode="after")
    def _burst_within_rate(self) -> Settings:
        if self.burst > self.requests_per_minute:
            object.__setattr__(self, "burst", self.requests_per_minute)
        return self

    @property
    def effective_judge_model(self) -> str:
        """The model that judges."""
        return self.judge_model or self.model

    @property
    def source_config(self) -> SourceConfig:
        """The settings of the data source, and nothing else."""
        return SourceConfig(**self.model_dump(include=set(SourceConfig.model_fields)))


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: `CA-101`, naming the variable of each invalid or unknown setting, never a
            value that may be secret; `CA-121` for a malformed gene filter.
    """
    lines = list(_unknown_settings())
    try:
        settings = Settings()
    except ValidationError as error:
        lines += [
            f"`{PREFIX}{'_'.join(str(part) for part in issue['loc']).upper()}`: {issue['msg']}"
            for issue in error.errors(include_input=False, include_url=False)
        ]
    else:
        if not lines:
            return settings
    raise SettingsError("CA-101", "invalid settings: " + "; ".join(lines), settings=lines)


def _unknown_settings() -> Iterator[str]:
    """Yield a message for each unknown name that looks like ours, saying where it is set."""
    from dotenv import dotenv_values

    known = {*(name.upper() for name in Settings.model_fields), *OTHER_NAMES}
    in_file = dotenv_values(ENV_FILE, interpolate=False) if ENV_FILE.is_file() else {}
    for origin, names in (("the environment", os.environ), (f"`{ENV_FILE}`", in_file)):
        for name in sorted(names):
            prefix = _LIKE_PREFIX.match(name)
            if prefix is None:
                continue
            rest = name[prefix.end() :].upper()
            if prefix[0].upper() == PREFIX and (rest in known or _SERVICE_VARIABLE.fullmatch(rest)):
                continue
            (nearest,) = get_close_matches(rest, sorted(known), n=1, cutoff=0)
            yield (
                f"`{name}` in {origin} is not a setting; the nearest is `{PREFIX}{nearest}`:"
                " correct the name or remove it"
            )


def dagster_home() -> Path:
    """Return the absolute DAGSTER_HOME; `.dagster_home` in the working directory when not set."""
    return Path(os.environ.get("DAGSTER_HOME") or DEFAULT_HOME).expanduser().absolute()
