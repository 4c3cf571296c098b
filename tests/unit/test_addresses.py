"""What is secret in an address is neither shown nor taken for a host."""

from __future__ import annotations

import pytest

from cluster_assets.addresses import (
    UNREADABLE,
    check_api_address,
    shown_api_address,
    shown_database_url,
)
from cluster_assets.errors import SettingsError
from cluster_assets.llm.limiter import limit_key
from cluster_assets.llm.redact import mask
from cluster_assets.settings import load_settings

PARTS = ("s3cret", "p4ss")
PASSWORDS = [
    f"s3cret{sign}p4ss" for sign in ("@", "/", ":", "#", "?", "@@", "@/", "@:", "@?", "@#")
]
ADDRESSES = [
    *(f"http://user:{password}@host:1/v1" for password in PASSWORDS),
    "https://s3cret-p4ss@host/v1",
    *(
        f"https://host/v1?api-version=1&{name}=s3cretp4ss"
        for name in ("key", "sig", "token", "X-Amz-Signature", "email=a@b&sig")
    ),
    "https://host/v1#s3cretp4ss",
]


def is_clean(text: str) -> bool:
    return not any(part in text for part in PARTS)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("variable", ["DATABASE_URL", "SQL_URL"])
def test_database_passwords(password: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://u:{password}@host/db?sslpassword=s3cret"
    assert is_clean(shown_database_url(url))
    assert is_clean(mask(f"cannot connect to {url}").removesuffix("?sslpassword=s3cret"))
    monkeypatch.setenv(f"CLUSTER_ASSETS_{variable}", url)
    if "@" not in password:
        assert is_clean(repr(load_settings()))
        return
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert variable in caught.value.message
    assert "%40" in caught.value.message
    assert is_clean(str(caught.value))


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_models(address: str) -> None:
    assert is_clean(shown_api_address(address))
    assert is_clean(limit_key("openai/x", address))
    assert is_clean(mask(f"GET {address}").removesuffix("#s3cretp4ss"))
    assert shown_api_address(address) == UNREADABLE
    with pytest.raises(ValueError, match=r"%40|must not hold|must end with") as caught:
        check_api_address(address)
    assert is_clean(str(caught.value))


def test_an_address_without_secrets_is_taken_and_shown() -> None:
    assert check_api_address(" http://host:1/v1/\n") == "http://host:1/v1/"
    assert shown_api_address("http://host:1/v1/") == "http://host:1/v1"


@pytest.mark.parametrize("name", ["API_BASE", "JUDGE_API_BASE", "FALLBACK_API_BASE"])
def test_an_address_that_cannot_be_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLUSTER_ASSETS_{name}", "http://user:s3cret/p4ss@host/v1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert name in caught.value.message
    assert is_clean(str(caught.value))
