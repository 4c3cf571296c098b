"""What one process works with: settings, store, source and checks, each opened on first use.

Importing this module is cheap, and so is opening an installation: a sensor tick that finds nothing
new opens only the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cluster_assets.core.models import ClusterType, TypeChoice
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
class Installation:
    """One installation, as seen from one process.

    Attributes:
        settings: the settings as read at the start.
        store: our tables.
        now: the clock, a function so that tests can set it.
    """

    settings: Settings
    store: Store
    now: Callable[[], datetime] = _utc_now

    @cached_property
    def source(self) -> Source:
        """The data source."""
        from cluster_assets.sources.catalog import open_source

        return open_source(self.settings.source_config)

    @cached_property
    def checker(self) -> Checker:
        """The checks, with the vocabulary of the source."""
        from cluster_assets.core.summary.checks import Checker
        from cluster_assets.sources.vocabulary import load_vocabulary

        return Checker(load_vocabulary(self.settings.source_config))

    def endpoint(self, role: Role) -> Endpoint | None:
        """Return the model of a role and its address, None for a fallback that is not set.

        An address belongs to a key, so the address of one provider is not used for another.

        Raises:
            SettingsError: `CA-110` for a model named without its provider, `CA-104` for a
                malformed address in the environment.
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
        """Return the client of a model at an address; None is the provider's default address."""
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

    def types_for(self, choice: TypeChoice) -> tuple[ClusterType, ...]:
        """Return the cluster types of a choice; `all` means those that the source has data for."""
        if choice == "all":
            return self.source.available
        return (choice,)


def open_installation(settings: Settings, home: Path) -> Installation:
    """Open the store and bring its tables up to date.

    Raises:
        StoreError: the database cannot be used.
    """
    from cluster_assets.llm.preflight import load_keys
    from cluster_assets.store.connecting import default_url, open_engine
    from cluster_assets.store.repository import Store

    load_keys(Path(".env"))
    url = settings.database_url
    engine = open_engine(url.get_secret_value() if url is not None else default_url(home))
    return Installation(settings, Store(engine))
