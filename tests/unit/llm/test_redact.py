"""No secret leaves the model side in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.llm.redact import MASK, MAX_CHARS, mask, redact

SECRET = "q8Zr-plain-looking-value"


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "MY_PASSWORD"],
)
def test_values_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, SECRET)
    assert redact(f"header was {SECRET}!") == f"header was {MASK}!"


def test_other_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_MODEL", "openai/gpt-5.4-mini")
    assert redact("model openai/gpt-5.4-mini") == "model openai/gpt-5.4-mini"


def test_short_values_do_not_mask_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "the")
    assert redact("the end of the text") == "the end of the text"


SHAPES = [
    "sk-proj-abcdefghijklmnop1234",
    "sk-" + "ant-" + "a1b2" * 6,
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "Bearer abc.def-ghi",
    "Basic dXNlcjpwYXNz",
    "gsk_abcdefghijklmnopqrst",
    "xai-abcdefghijklmnopqrst",
    "hf_abcdefghijklmnopqrst",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "x-api-key: abcdef123456",
    "'x-goog-api-key': 'abcdef123456'",
    '"api_key": "abcdef123456"',
]


@pytest.mark.parametrize("secret", SHAPES)
def test_shapes(secret: str) -> None:
    shown = redact(f"before {secret} after")
    assert MASK in shown
    assert shown.startswith("before ")
    assert not any(part in shown for part in secret.replace("'", " ").split() if len(part) > 12)


def test_key_in_a_url() -> None:
    assert redact("GET https://host/v1?key=abc123&x=1") == f"GET https://host/v1?{MASK}&x=1"


def test_password_in_a_url() -> None:
    shown = redact("postgresql://user:p4ss@db.example/x")
    assert shown == f"postgresql://user:{MASK}@db.example/x"


def test_cut() -> None:
    assert len(redact("x" * 1000)) == MAX_CHARS


def test_a_secret_across_the_cut_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert SECRET[:8] not in redact("x" * (MAX_CHARS - 8) + SECRET)


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
