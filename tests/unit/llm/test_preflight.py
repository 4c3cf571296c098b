"""What is known about a model before a request."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cluster_assets.errors import Abort, SettingsError
from cluster_assets.llm.preflight import (
    KEY_VARIABLES,
    load_keys,
    needs_placeholder_key,
    require_key,
)


@pytest.mark.parametrize("provider", sorted(KEY_VARIABLES))
def test_a_missing_key_names_variable_file_and_alternative(provider: str) -> None:
    with pytest.raises(Abort) as caught:
        require_key(f"{provider}/some-model")
    assert caught.value.code == "CA-402"
    assert caught.value.context["variables"] == KEY_VARIABLES[provider]
    for part in (*KEY_VARIABLES[provider], ".env", "CLUSTER_ASSETS_MODEL=offline/template"):
        assert part in caught.value.message


@pytest.mark.parametrize("provider", sorted(KEY_VARIABLES))
def test_any_of_the_variables_will_do(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in KEY_VARIABLES[provider]:
        with monkeypatch.context() as patch:
            patch.setenv(variable, "value")
            require_key(f"{provider}/some-model")


def test_a_blank_key_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    with pytest.raises(Abort):
        require_key("openai/gpt-5.4-mini")


@pytest.mark.parametrize("model", ["offline/template", "ollama_chat/llama3", "vertex_ai/gemini"])
def test_models_that_may_need_no_key(model: str) -> None:
    require_key(model)


def test_a_server_of_ones_own_may_need_no_key() -> None:
    require_key("openai/local", "http://127.0.0.1:8000/v1")
    assert needs_placeholder_key("openai/local", "http://127.0.0.1:8000/v1")


@pytest.mark.parametrize("model", ["gpt-5.4-mini", "openai/", "/gpt", ""])
def test_a_model_without_provider(model: str) -> None:
    with pytest.raises(SettingsError) as caught:
        require_key(model)
    assert caught.value.code == "CA-110"


def test_keys_of_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "from-environment")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("PATH_LIKE", raising=False)
    file = tmp_path / ".env"
    file.write_text("OPENAI_API_KEY='from $file'\nGROQ_API_KEY=other\nPATH_LIKE=x\nXAI_API_KEY=\n")
    assert load_keys(file) == ("OPENAI_API_KEY",)
    assert os.environ["OPENAI_API_KEY"] == "from $file"
    assert os.environ["GROQ_API_KEY"] == "from-environment"
    assert "PATH_LIKE" not in os.environ


def test_no_env_file(tmp_path: Path) -> None:
    assert load_keys(tmp_path / ".env") == ()


def test_blanks_around_a_key_are_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " my-gateway-key\r\n")
    require_key("openai/x", "http://127.0.0.1:1")
    assert os.environ["OPENAI_API_KEY"] == "my-gateway-key"


@pytest.mark.parametrize("wrong", ["\n", " ", "\t", "\u2013", "\u200b"])
@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/x", "OPENAI_API_KEY"), ("nvidia_nim/x", "NVIDIA_NIM_API_KEY")],
)
def test_a_key_that_holds_what_no_key_does(
    model: str, variable: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"planted{wrong}secret")
    with pytest.raises(Abort) as caught:
        require_key(model, "http://127.0.0.1:1")
    assert caught.value.code == "CA-401"
    assert variable in caught.value.message
    assert "planted" not in str(caught.value)
    assert "secret" not in str(caught.value)
