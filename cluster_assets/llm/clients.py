"""The client for a model name."""

from __future__ import annotations

from cluster_assets.llm.litellm_client import LitellmClient, close_litellm
from cluster_assets.llm.model import OFFLINE_MODEL, ModelClient
from cluster_assets.llm.offline import OfflineClient
from cluster_assets.llm.preflight import provider_of


def make_client(model: str, api_base: str | None = None, timeout_s: float = 60.0) -> ModelClient:
    """Return the client for a model; it imports and sends nothing before its first request.

    Raises:
        SettingsError: `CA-110` when the model is named without its provider.
    """
    if model == OFFLINE_MODEL:
        return OfflineClient()
    provider_of(model)
    return LitellmClient(model, api_base, timeout_s)


async def close_clients() -> None:
    """Close the connections of all clients; await this before the event loop ends."""
    await close_litellm()
