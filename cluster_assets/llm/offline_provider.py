"""The offline writer as a litellm provider, for programs that call litellm themselves.

This package does not use it: its own client answers without importing litellm.
"""

from __future__ import annotations

from typing import Any

from cluster_assets.errors import InputError
from cluster_assets.llm.litellm_client import import_litellm
from cluster_assets.llm.model import OFFLINE_MODEL
from cluster_assets.llm.offline import offline_text

PROVIDER = OFFLINE_MODEL.partition("/")[0]


def register_offline_provider() -> None:
    """Make `litellm.completion(model="offline/template", ...)` answer with template summaries."""
    litellm: Any = import_litellm()

    class OfflineProvider(litellm.CustomLLM):
        def completion(self, **call: Any) -> Any:
            return _respond(litellm, call)

        async def acompletion(self, **call: Any) -> Any:
            return _respond(litellm, call)

    entry = {"provider": PROVIDER, "custom_handler": OfflineProvider()}
    others = [old for old in litellm.custom_provider_map if old["provider"] != PROVIDER]
    litellm.custom_provider_map = [*others, entry]


def _respond(litellm: Any, call: dict[str, Any]) -> Any:
    prompt = "\n".join(str(message["content"]) for message in call["messages"])
    try:
        text = offline_text(prompt)
    except InputError as error:
        raise litellm.BadRequestError(
            message=error.message, model=OFFLINE_MODEL, llm_provider=PROVIDER
        ) from None
    return litellm.ModelResponse(
        model=OFFLINE_MODEL,
        choices=[{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        usage=litellm.Usage(),
    )
