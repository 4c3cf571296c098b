"""What one process works with: settings, store, source, checks; each opened when first needed.

Importing this module is light, and so is opening a pipeline; a sensor tick that finds nothing new
opens nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cluster_assets.core.models import ClusterType
from cluster_assets.settings import Settings

if TYPE_CHECKING:
    from cluster_assets.core.summary.checks import Checker
    from cluster_assets.llm.limiter import RateLimiter
    from cluster_assets.llm.model import Endpoint, ModelClient, Role
    from cluster_assets.sources.catalog import Source
    from cluster_assets.store.repository import Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Pipeline:
    """One installation, seen from one process.

    Attributes:
        settings: as read at the start.
        store: our tables.
        now: the clock, a function so that tests can move it.
    """

    settings: Settings
    store: Store
    now: Callable[[], datetime] = _utc_now

    @cached_property
    def source(self) -> Source:
        """Where the data comes from."""
        from cluster_assets.sources.catalog import open_source

        return open_source(self.settings.source_config)

    @cached_property
    def checker(self) -> Checker:
        """The checks, with the vocabulary of the source."""
        from cluster_assets.core.summary.checks import Checker
        from cluster_assets.sources.vocabulary import load_vocabulary

        return Checker(load_vocabulary(self.settings.source_config))

    def endpoint(self, role: Role) -> Endpoint | None:
        """Return the model of a role and where it is asked, None for a fallback that is not set.

        An address comes with a key, so one that was set for a provider is no other provider's.

        Raises:
            SettingsError: `CA-110` for a model named without its provider, `CA-104` for an address
                in the environment that cannot be read.
        """
        from cluster_assets.llm.model import OFFLINE_MODEL, Endpoint
        from cluster_assets.llm.preflight import address_in_environment, is_same_provider

        settings = self.settings
        judge = settings.effective_judge_model
        model, own = {
            "writer": (settings.model, settings.api_base),
            "judge": (judge, settings.judge_api_base),
            "fallback": (settings.fallback_model, settings.fallback_api_base),
        }[role]
        if model is None:
            return None
        first = judge if settings.model == OFFLINE_MODEL else settings.model
        shared = settings.api_base if is_same_provider(model, first) else None
        return Endpoint(model, own or shared or address_in_environment(model))

    def client(self, model: str, api_base: str | None) -> ModelClient:
        """Return the client of a model at an address, None for the provider's own."""
        from cluster_assets.llm.clients import make_client

        return make_client(model, api_base, self.settings.request_timeout_s)

    def limiter(self, model: str, api_base: str | None, owner: str) -> RateLimiter:
        """Return the rate limiter that all processes share for a provider or an address."""
        from cluster_assets.llm.limiter import RateLimiter, limit_key

        return RateLimiter(
            self.store.engine,
            limit_key(model, api_base),
            self.settings.requests_per_minute,
            self.settings.burst,
            owner=owner,
        )

    def types_for(self, choice: str) -> tuple[ClusterType, ...]:
        """Return the types that `functional`, `phenotype` or `all` means for this source."""
        if choice == "all":
            return self.source.available
        return (cast("ClusterType", choice),)


def open_pipeline(settings: Settings, home: Path) -> Pipeline:
    """Open the store and bring its tables up to date.

    Raises:
        StoreError: the database cannot be used.
    """
    from cluster_assets.llm.preflight import load_keys
    from cluster_assets.store.engine import default_url, open_engine
    from cluster_assets.store.repository import Store

    load_keys(Path(".env"))
    url = settings.database_url
    engine = open_engine(url.get_secret_value() if url is not None else default_url(home))
    return Pipeline(settings, Store(engine))
