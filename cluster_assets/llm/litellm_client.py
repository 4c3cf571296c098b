"""The client for real providers through litellm, which is imported with the first request.

The import takes seconds and 160 MB. By default litellm also downloads a price map meanwhile, and
retries requests itself. This module is the only one that deals with that.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from types import ModuleType

from cluster_assets.errors import Abort, ModelError
from cluster_assets.llm.bodies import Body, RawReply, error_in, read_reply
from cluster_assets.llm.failures import CODES, ProviderFailure, classify, parameter_refused
from cluster_assets.llm.litellm_answers import (
    Completion,
    body_keeper,
    failure_of,
    raw_reply_of,
    reply_of,
)
from cluster_assets.llm.model import ModelReply, ModelRequest
from cluster_assets.llm.parameters import Parameters
from cluster_assets.llm.preflight import (
    KEY_VARIABLES,
    PLACEHOLDER_KEY,
    needs_placeholder_key,
    own_key,
    provider_of,
)

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else the import downloads it, for up to 5 s
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # else the first Anthropic request does
    "LITELLM_MODE": "PRODUCTION",  # else the import loads the nearest `.env` into the environment
}
_REFUSALS = {400, 422}
_REHEARSAL_S = 5.0
_NOBODY = "http://127.0.0.1:9"  # the discard port: refused at once, nothing leaves the machine
_SCHEMA_HINT = "Reply with one JSON object that follows this JSON schema, and nothing else:\n"


class LitellmClient:
    """Sends one request to a provider and returns its reply, or raises the classified failure.

    Args:
        model: litellm model name with its provider, e.g. `gemini/gemini-flash-latest`.
        api_base: address of a self-hosted or compatible server.
        timeout_s: total time for one request; litellm's own timeout applies to each socket read.
    """

    uses_network = True

    def __init__(self, model: str, api_base: str | None = None, timeout_s: float = 60.0) -> None:
        self.model = model
        self._api_base = api_base
        self._timeout_s = timeout_s
        self._is_prepared = False
        self._parameters = Parameters()

    async def prepare(self) -> None:
        """Import litellm and rehearse a request, which saves the first real one about a second."""
        if self._is_prepared:
            return
        litellm = await load_litellm()
        if provider_of(self.model) in KEY_VARIABLES:  # others may search the network
            from openai import OpenAIError

            with suppress(OpenAIError, TimeoutError):
                async with asyncio.timeout(_REHEARSAL_S):
                    await litellm.acompletion(
                        model=self.model,
                        messages=[{"role": "user", "content": "rehearsal"}],
                        api_base=_NOBODY,
                        api_key=PLACEHOLDER_KEY,
                        max_retries=0,
                    )
        self._is_prepared = True

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Send the request once; raises what `ModelClient.complete` documents."""
        litellm = await load_litellm()
        started = time.monotonic()
        arguments = self._arguments(litellm, request)
        answer = await self._send(litellm, arguments)
        if isinstance(answer, ProviderFailure):
            # Not raised where it was caught: the error of the library holds headers with the key
            raise self._error(answer, arguments)
        latency_s = time.monotonic() - started
        if isinstance(answer, RawReply):
            return raw_reply_of(answer, self.model, latency_s)
        return reply_of(answer, self.model, latency_s)

    async def _send(
        self, litellm: ModuleType, arguments: dict[str, object]
    ) -> Completion | RawReply | ProviderFailure:
        from openai import OpenAIError  # base of everything that litellm raises

        # litellm copies bodies through models that do not know content in parts
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        bodies: list[Body] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                return await litellm.acompletion(**arguments, logger_fn=body_keeper(bodies))
        except TimeoutError:
            text = f"no answer within {self._timeout_s:g} s"
            return ProviderFailure(self.model, None, {}, text, timed_out=True)
        except OpenAIError as error:
            # A body was received, but litellm cannot read it, or it holds an error
            reply = read_reply(bodies[0]) if bodies and error_in(bodies[0]) is None else None
            timed_out = isinstance(error, litellm.Timeout)
            return reply or failure_of(error, bodies, self.model, timed_out=timed_out)

    def _error(self, failure: ProviderFailure, sent: Mapping[str, object]) -> ModelError:
        """Return the classified failure; a refused parameter is changed for the next request."""
        if failure.status in _REFUSALS:
            change = self._parameters.learn(failure.error, sent)
            if change is not None:
                return parameter_refused(failure, change)
        return classify(failure)

    def _arguments(self, litellm: ModuleType, request: ModelRequest) -> dict[str, object]:
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        form = self._response_format(litellm, request)
        is_known = litellm.supports_response_schema(self.model)
        if not is_known or form is None or form["type"] != "json_schema":
            hint = _SCHEMA_HINT + json.dumps(request.wire_schema)
            messages.append({"role": "user", "content": hint})
        parameters = self._parameters.sent(request.max_tokens, request.temperature, form)
        return {
            "model": self.model,
            "messages": messages,
            **parameters,
            "timeout": self._timeout_s,
            "max_retries": 0,
            "drop_params": True,  # some models have no temperature
            "api_base": self._api_base,
            "api_key": self._key(litellm),
        }

    def _key(self, litellm: ModuleType) -> str | None:
        """Return the key to send, None to let litellm find it.

        For some 50 providers litellm sends OpenAI's key if theirs is not set, and sends their key
        to OpenAI if their address is not set.

        Raises:
            Abort: `CA-404` when a server without a default address has none set.
        """
        if needs_placeholder_key(self.model, self._api_base):
            return PLACEHOLDER_KEY
        if provider_of(self.model) == "openai":
            return None
        _, provider, key, address = litellm.get_llm_provider(self.model, api_base=self._api_base)
        if provider not in {"openai", *litellm.openai_compatible_providers}:
            return None
        if not (self._api_base or address):
            raise Abort(
                CODES["unknown_model"],
                f"no address is known for the model `{self.model}`: set `CLUSTER_ASSETS_API_BASE`"
                " (for the judge `CLUSTER_ASSETS_JUDGE_API_BASE`)",
                outcome="unknown_model",
                model=self.model,
            )
        return key or own_key(self.model) or PLACEHOLDER_KEY

    def _response_format(
        self, litellm: ModuleType, request: ModelRequest
    ) -> dict[str, object] | None:
        """Return the schema, plain JSON for a model known to reject schemas, None for neither."""
        structure = self._parameters.structure
        if structure == "prompt":
            return None
        is_listed = self.model.removeprefix("openai/") in litellm.open_ai_chat_completion_models
        is_schemaless = is_listed and not litellm.supports_response_schema(self.model)
        if structure == "json_object" or is_schemaless:
            return {"type": "json_object"}
        return {
            "type": "json_schema",
            "json_schema": {
                "name": request.schema_name,
                "schema": dict(request.wire_schema),
                "strict": True,
            },
        }


async def load_litellm() -> ModuleType:
    """Import litellm once, in a thread, so that the event loop keeps running."""
    module = sys.modules.get("litellm")
    if module is not None and hasattr(module, "acompletion"):
        return module
    return await asyncio.to_thread(import_litellm)


async def close_litellm() -> None:
    """Close the connections that litellm keeps; await this before the event loop ends."""
    litellm = sys.modules.get("litellm")
    if litellm is not None:
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()


def import_litellm() -> ModuleType:
    """Import litellm without its downloads, its reading of `.env` and its prompts in logs."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import litellm

    # Its 300,000 objects live as long as the process: unfrozen, each full collection blocks the
    # event loop for 0.3 s, and the last ones delay the exit of the process by 2 s
    gc.freeze()
    litellm.suppress_debug_info = True  # else it prints to stdout on every error
    logging.getLogger("LiteLLM").setLevel(logging.WARNING)  # at lower levels it logs whole prompts
    return litellm
