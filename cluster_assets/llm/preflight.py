"""What is known about a model before any request: its provider, and whether a key is set.

A bad key, an unknown model or an exhausted quota shows with the first request of a batch, which is
sent alone (see `breaker`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cluster_assets.addresses import check_api_address
from cluster_assets.errors import Abort, SettingsError
from cluster_assets.llm.failures import CODES, OFFLINE_HINT
from cluster_assets.llm.model import Role

# Providers that require one of these; others (Vertex, Bedrock, Ollama) may find credentials
# elsewhere or need none
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
# Second names of a provider that litellm serves in two ways
_SAME = {
    "anthropic_text": "anthropic",
    "cohere": "cohere_chat",
    "ollama": "ollama_chat",
    "text-completion-openai": "openai",
}
# Variables with addresses that litellm reads, in its order; for others `<PROVIDER>_API_BASE`
_ADDRESS_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
    "ollama_chat": ("OLLAMA_API_BASE",),
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
}
PLACEHOLDER_KEY = "not-needed"
_SEATS: Mapping[Role, str] = {
    "writer": "model",
    "judge": "judge, so that no text was judged,",
    "fallback": "fallback model",
}
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
            " `openai/gpt-5.4-mini`, `anthropic/claude-sonnet-5`, `gemini/gemini-flash-latest`,"
            " `ollama_chat/llama3` or `offline/template`",
            model=model,
        )
    return provider


def is_same_provider(model: str, other: str) -> bool:
    """Return whether two models belong to one provider, so that they share key and address.

    Raises:
        SettingsError: `CA-110` when a model is named without its provider.
    """
    return _family(model) == _family(other)


def address_in_environment(model: str) -> str | None:
    """Return the address that litellm reads from the environment for a model.

    Raises:
        SettingsError: `CA-110` when the model is named without its provider; `CA-104`, with the
            name of the variable, when the address is malformed.
    """
    family = _family(model)
    for variable in _ADDRESS_VARIABLES.get(family, (f"{_prefix(family)}_API_BASE",)):
        if value := os.environ.get(variable, "").strip():
            try:
                return check_api_address(value)
            except ValueError as error:
                raise SettingsError("CA-104", f"`{variable}` {error}", variable=variable) from None
    return None


def require_key(model: str, api_base: str | None = None, role: Role = "writer") -> None:
    """Check, without a request, that a model's key is set if it needs one, and is well-formed.

    Whitespace around a key is stripped in the environment, where litellm reads it.

    Raises:
        Abort: `CA-402` when it is missing, `CA-401` when it contains a character that no key has;
            with the name of the variable.
        SettingsError: `CA-110` when the model is named without its provider.
    """
    variables = KEY_VARIABLES.get(_family(model), ())
    for variable in _key_variables(model):
        _trim_key(variable)
    if api_base is not None or not variables or _is_any_set(variables):
        return
    named = " or ".join(f"`{variable}`" for variable in variables)
    raise Abort(
        CODES["missing_key"],
        f"no key is set for the {_SEATS[role]} `{model}`: set {named} in the environment or in"
        f" `.env`, {OFFLINE_HINT}",
        outcome="missing_key",
        model=model,
        variables=variables,
    )


def needs_placeholder_key(model: str, api_base: str | None) -> bool:
    """Return whether litellm requires a key that a self-hosted server may not need."""
    variables = KEY_VARIABLES.get(_family(model), ())
    return api_base is not None and bool(variables) and not _is_any_set(variables)


def own_key(model: str) -> str | None:
    """Return the key of the model's provider, None if it is not set."""
    keys = (os.environ.get(variable, "").strip() for variable in _key_variables(model))
    return next((key for key in keys if key), None)


def load_keys(env_file: Path) -> tuple[str, ...]:
    """Copy the provider keys of a `.env` file into the environment, where litellm reads them.

    Variables that are set already are kept. Returns the names of those that were copied.
    """
    if not env_file.is_file():
        return ()
    from dotenv import dotenv_values

    loaded: list[str] = []
    for name, value in dotenv_values(env_file, interpolate=False).items():
        if value and _KEY_NAME.fullmatch(name) and not os.environ.get(name):
            os.environ[name] = value
            loaded.append(name)
    return tuple(loaded)


def _trim_key(variable: str) -> None:
    given = os.environ.get(variable, "")
    key = given.strip()
    if key and key != given:
        os.environ[variable] = key
    wrong = next((char for char in key if not "!" <= char <= "~"), None)
    if wrong is None:
        return
    what = {"\n": "a line break", "\r": "a line break", " ": "a space"}.get(
        wrong, f"the character U+{ord(wrong):04X}"
    )
    raise Abort(
        CODES["bad_key"],
        f"`{variable}` contains {what}, which no key does: copy the key into the environment or"
        f" `.env` again, {OFFLINE_HINT}",
        outcome="bad_key",
        variables=(variable,),
    )


def _key_variables(model: str) -> tuple[str, ...]:
    family = _family(model)
    return KEY_VARIABLES.get(family, (f"{_prefix(family)}_API_KEY",))


def _family(model: str) -> str:
    provider = provider_of(model)
    return _SAME.get(provider, provider)


def _prefix(family: str) -> str:
    return family.removesuffix("_chat").replace("-", "_").upper()


def _is_any_set(variables: tuple[str, ...]) -> bool:
    return any(os.environ.get(variable, "").strip() for variable in variables)
