"""What can be known about a model before a request is made: its provider, whether a key is set.

A bad key, an unknown model or an exhausted quota shows with the first request of a batch, which
goes alone (see `breaker`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cluster_assets.errors import Abort, SettingsError
from cluster_assets.llm.failures import CODES, OFFLINE_HINT

# Providers that cannot be used without one of these; others (Vertex, Bedrock, Ollama) may find
# credentials elsewhere or need none
KEY_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "cohere_chat": ("COHERE_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "fireworks_ai": ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    "xai": ("XAI_API_KEY",),
}
PLACEHOLDER_KEY = "not-needed"
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")


def provider_of(model: str) -> str:
    """Return the provider in a model name.

    Raises:
        SettingsError: `CA-110` when the name has none.
    """
    provider, slash, name = model.partition("/")
    if not (provider and slash and name):
        raise SettingsError(
            "CA-110",
            f"the model `{model}` is named without its provider: write it like"
            " `openai/gpt-5-mini`, `anthropic/claude-sonnet-4-5`, `gemini/gemini-2.5-flash`,"
            " `ollama_chat/llama3` or `offline/template`",
            model=model,
        )
    return provider


def require_key(model: str, api_base: str | None = None) -> None:
    """Check, with no request, that a key is there for a model that needs one.

    Raises:
        Abort: `CA-402`, naming the variable.
        SettingsError: `CA-110` when the model is named without its provider.
    """
    variables = KEY_VARIABLES.get(provider_of(model), ())
    if api_base is not None or not variables or _is_any_set(variables):
        return
    named = " or ".join(f"`{variable}`" for variable in variables)
    raise Abort(
        CODES["missing_key"],
        f"no key is set for the model `{model}`: set {named} in the environment or in `.env`,"
        f" {OFFLINE_HINT}",
        outcome="missing_key",
        model=model,
        variables=variables,
    )


def needs_placeholder_key(model: str, api_base: str | None) -> bool:
    """Tell whether the library asks for a key that a server of one's own may not need."""
    variables = KEY_VARIABLES.get(provider_of(model), ())
    return api_base is not None and bool(variables) and not _is_any_set(variables)


def load_keys(env_file: Path) -> tuple[str, ...]:
    """Put the providers' keys of a `.env` file into the environment, where litellm looks for them.

    What is set already stays. Returns the names that were set.
    """
    if not env_file.is_file():
        return ()
    from dotenv import dotenv_values

    loaded = []
    for name, value in dotenv_values(env_file, interpolate=False).items():
        if value and _KEY_NAME.fullmatch(name) and not os.environ.get(name):
            os.environ[name] = value
            loaded.append(name)
    return tuple(loaded)


def _is_any_set(variables: tuple[str, ...]) -> bool:
    return any(os.environ.get(variable, "").strip() for variable in variables)
