"""All settings, from the environment or `.env`, with the prefix `CLUSTER_ASSETS_`.

Read once, at the outermost layer (CLI, Dagster resources), and passed inward as values: nothing
below reads the environment. Keys of providers keep the names that litellm uses and stay there. A
name with the prefix that is no setting is an error, so that no misspelt setting is ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cluster_assets.addresses import check_api_address, check_database_url
from cluster_assets.core.models import Continuity
from cluster_assets.errors import SettingsError

PREFIX = "CLUSTER_ASSETS_"
DEFAULT_HOME = ".dagster_home"
ENV_FILE = Path(".env")
# Names with our prefix that are no settings: where tests and benchmarks find the real data
OTHER_NAMES = frozenset({"SHARED_DATA"})
# `CLUSTER_ASSET_MODEL` is meant for us too
_LIKE_PREFIX = re.compile(r"CLUSTERS?_?ASSETS?_+", re.IGNORECASE)
# Kubernetes and Docker set these in every container beside a service named `cluster-assets...`
_OF_A_SERVICE = re.compile(
    r"(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)",
    re.IGNORECASE,
)


class Settings(BaseSettings):
    """Settings of one installation; see the table in the README."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True
    )

    model: str = Field("offline/template", description="litellm model name that writes")
    judge_model: str | None = Field(None, description="model that judges; MODEL when not set")
    fallback_model: str | None = Field(None, description="model of the last attempt")
    api_base: str | None = Field(
        None, description="address of the writer, and of other models of the same provider"
    )
    judge_api_base: str | None = Field(None, description="address of the judge")
    fallback_api_base: str | None = Field(None, description="address of the fallback model")
    requests_per_minute: int = Field(30, ge=1, le=100_000, description="over all processes")
    burst: int = Field(10, ge=1, description="requests that may leave at once")
    request_timeout_s: float = Field(60.0, gt=0, description="one request, in all")
    max_retries: int = Field(3, ge=0, le=10, description="retries for a cluster")
    ttl_days: float = Field(365.0, gt=0, description="life of a summary and of a clustering result")
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL; SQLite under DAGSTER_HOME when not set"
    )
    source: Literal["hpo", "files", "sql"] = Field("hpo", description="where the data comes from")
    continuity: Continuity = Field("warm", description="start from the last result")
    phenotype_terms: Literal["prevalence", "clinical"] = Field(
        "prevalence", description="all terms of 5-95 % prevalence, or the 39 clinical terms"
    )
    resolution: float = Field(1.0, gt=0, description="resolution of the Leiden method")
    subclusters: bool = Field(False, description="split each functional cluster once more")
    hgnc_file: Path | None = Field(None, description="HGNC complete set: maps ids and aliases")
    obo_file: Path | None = Field(None, description="`hp.obo` of your own")
    hpoa_file: Path | None = Field(None, description="`phenotype.hpoa` of your own")
    genes_to_phenotype_file: Path | None = Field(
        None, description="`genes_to_phenotype.txt` of your own"
    )
    hpo_root: str = Field(
        "HP:0012759", description="source `hpo`: diseases with this term or one below it"
    )
    hpo_neighbours: int = Field(
        10, ge=1, le=1000, description="source `hpo`: neighbours of a gene by HPO similarity"
    )
    uncertain: Literal["absent", "present"] = Field(
        "absent", description="what a row counts as that says `uncertain`, `possible`, `not tested`"
    )
    data_release: str | None = Field(
        None, description="release of your own tables, shown with every summary"
    )
    genes_file: Path | None = Field(None, description="source `files`: genes")
    genes_filter: str | None = Field(
        None, description="`column=value`: only genes with the value in that column"
    )
    interactions_files: str | None = Field(
        None,
        description="interactions, tables or STRING links; several separated by commas",
    )
    interaction_label: str | None = Field(
        None, description="what an interaction of your tables is, in words for readers"
    )
    string_channels: str = Field(
        "experiments,database",
        description="channels of STRING `links.detailed` that count, or `combined`",
    )
    string_min_score: int = Field(
        400, ge=0, le=1000, description="lowest STRING score that makes an interaction"
    )
    string_info_file: Path | None = Field(
        None, description="STRING `protein.info`; looked for beside the links when not set"
    )
    annotations_files: str | None = Field(
        None,
        description="gene-term rows, tables, GMT or STRING terms; several separated by commas",
    )
    terms_file: Path | None = Field(None, description="source `files`: labels of the terms")
    entities_file: Path | None = Field(None, description="source `files`: disease entities")
    entity_phenotypes_file: Path | None = Field(
        None, description="source `files`: terms recorded for the entities"
    )

    sql_url: SecretStr | None = Field(None, description="source `sql`: SQLAlchemy URL")
    sql_genes: str | None = Field(None, description="source `sql`: query for the genes")
    sql_interactions: str | None = Field(None, description="source `sql`: query for interactions")
    sql_annotations: str | None = Field(None, description="source `sql`: query for gene-term rows")
    sql_terms: str | None = Field(None, description="source `sql`: query for labels of terms")
    sql_entities: str | None = Field(None, description="source `sql`: query for entities")
    sql_entity_phenotypes: str | None = Field(
        None, description="source `sql`: query for the terms of the entities"
    )

    @field_validator("api_base", "judge_api_base", "fallback_api_base")
    @classmethod
    def _readable_address(cls, value: str | None) -> str | None:
        return None if value is None else check_api_address(value)

    @field_validator("database_url", "sql_url")
    @classmethod
    def _readable_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_database_url(value.get_secret_value())
        return value

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


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: `CA-101`, naming each wrong or unknown setting and its variable, never its
            value when it may be secret.
    """
    lines = list(_unknown_settings())
    try:
        settings = Settings()  # pyright: ignore[reportCallIssue] - every field has a default
    except ValidationError as error:
        lines += [
            f"`{PREFIX}{'_'.join(str(part) for part in issue['loc']).upper()}`: {issue['msg']}"
            for issue in error.errors(include_input=False, include_url=False)
        ]
    else:
        if not lines:
            return settings
    raise SettingsError("CA-101", "settings cannot be used: " + "; ".join(lines), settings=lines)


def _unknown_settings() -> Iterator[str]:
    """Yield what is wrong with each name that looks like ours and is none, and where it stands."""
    from dotenv import dotenv_values

    known = {*(name.upper() for name in Settings.model_fields), *OTHER_NAMES}
    in_file = dotenv_values(ENV_FILE, interpolate=False) if ENV_FILE.is_file() else {}
    for origin, names in (("the environment", os.environ), (f"`{ENV_FILE}`", in_file)):
        for name in sorted(names):
            prefix = _LIKE_PREFIX.match(name)
            if prefix is None:
                continue
            rest = name[prefix.end() :].upper()
            if prefix[0].upper() == PREFIX and (rest in known or _OF_A_SERVICE.fullmatch(rest)):
                continue
            (nearest,) = get_close_matches(rest, sorted(known), n=1, cutoff=0)
            yield (
                f"`{name}` in {origin} is no setting; the nearest is `{PREFIX}{nearest}`:"
                " correct the name or remove it"
            )


def dagster_home() -> Path:
    """Return the absolute DAGSTER_HOME, `.dagster_home` in the working directory when not set."""
    return Path(os.environ.get("DAGSTER_HOME") or DEFAULT_HOME).expanduser().absolute()
