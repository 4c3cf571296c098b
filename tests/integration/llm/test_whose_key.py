"""No provider's key arrives at another's host: four providers, real HTTP, planted keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cluster_assets.batch.installation import open_installation
from cluster_assets.batch.runner import make_seats
from cluster_assets.doctor import _PROBE
from cluster_assets.errors import Abort, ModelError
from cluster_assets.llm.clients import close_clients, make_client
from cluster_assets.settings import load_settings

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
    pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20"),
]
KEYS = {
    "openai": "planted-openai-0123456789",
    "anthropic": "planted-anthropic-0123456789",
    "gemini": "planted-gemini-0123456789",
    "groq": "planted-groq-0123456789",
}


class Host(ThreadingHTTPServer):
    """Refuses every request and keeps what came, headers and address too."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refuser)
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def keys(self) -> set[str]:
        return {name for name, key in KEYS.items() if key in json.dumps(self.seen)}


class Refuser(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.seen.append(f"{self.path} {self.headers} {body}")  # type: ignore[attr-defined]
        answer = b'{"error": {"message": "no"}}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Host]]:
    with ExitStack() as stack:
        made = {}
        for name, key in KEYS.items():
            host = made[name] = stack.enter_context(Host())
            Thread(target=host.serve_forever, daemon=True).start()
            stack.callback(host.shutdown)
            monkeypatch.setenv(f"{name.upper()}_API_KEY", key)
        yield made


def ask(*clients: object) -> None:
    async def main() -> None:
        for client in clients:
            with pytest.raises(ModelError):
                await client.complete(_PROBE)
        await close_clients()

    asyncio.run(main())


@pytest.mark.parametrize("judge", ["anthropic", "gemini", "groq"])
def test_writer_judge_and_fallback(
    judge: str, hosts: dict[str, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fallback = "groq" if judge != "groq" else "gemini"
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MODEL": "openai/writer",
        "API_BASE": hosts["openai"].url,
        "JUDGE_MODEL": f"{judge}/some-judge",
        "FALLBACK_MODEL": f"{fallback}/some-model",
        "FALLBACK_API_BASE": hosts[fallback].url,
    }.items():
        monkeypatch.setenv(f"CLUSTER_ASSETS_{name}", value)
    # The judge's address comes from the variable that litellm reads
    monkeypatch.setenv(f"{judge.upper()}_API_BASE", hosts[judge].url)
    seats = make_seats(open_installation(load_settings(), tmp_path / "home"), "test")
    assert seats.judge is not None
    assert seats.fallback is not None
    ask(seats.writer.client, seats.judge.client, seats.fallback.client)
    assert {name: host.keys for name, host in hosts.items() if host.seen} == {
        name: {name} for name in ("openai", judge, fallback)
    }


def test_the_same_provider_shares_the_address_and_the_judge_may_have_its_own(
    hosts: dict[str, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTER_ASSETS_MODEL", "openai/writer")
    monkeypatch.setenv("CLUSTER_ASSETS_API_BASE", hosts["openai"].url)
    monkeypatch.setenv("CLUSTER_ASSETS_JUDGE_MODEL", "openai/other")
    installation = open_installation(load_settings(), tmp_path / "home")
    judge = installation.endpoint("judge")
    assert judge is not None
    assert judge.api_base == hosts["openai"].url
    monkeypatch.setenv("CLUSTER_ASSETS_JUDGE_MODEL", "openai/writer")
    monkeypatch.setenv("CLUSTER_ASSETS_JUDGE_API_BASE", hosts["groq"].url)
    seats = make_seats(open_installation(load_settings(), tmp_path / "home"), "test")
    assert seats.judge is not seats.writer


def test_a_judge_without_key_is_named_before_any_request(
    hosts: dict[str, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("CLUSTER_ASSETS_MODEL", "openai/writer")
    monkeypatch.setenv("CLUSTER_ASSETS_API_BASE", hosts["openai"].url)
    monkeypatch.setenv("CLUSTER_ASSETS_JUDGE_MODEL", "anthropic/some-judge")
    with pytest.raises(Abort) as caught:
        make_seats(open_installation(load_settings(), tmp_path / "home"), "test")
    assert caught.value.code == "CA-402"
    assert "ANTHROPIC_API_KEY" in caught.value.message
    assert "no text was judged" in caught.value.message


@pytest.mark.parametrize("provider", ["nvidia_nim", "perplexity", "moonshot", "azure"])
def test_openais_key_is_no_other_providers(provider: str, hosts: dict[str, Host]) -> None:
    """litellm sends it to providers that have no key of their own."""
    name = "command-r-plus" if provider == "azure" else "some-model"
    ask(make_client(f"{provider}/{name}", hosts["groq"].url, 10))
    assert hosts["groq"].seen or provider == "azure"
    assert hosts["groq"].keys == set()


def test_a_key_does_not_go_to_openais_address(
    hosts: dict[str, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", hosts["openai"].url)
    monkeypatch.setenv("LM_STUDIO_API_KEY", KEYS["groq"])
    ask(make_client("lm_studio/some-model", None, 10))
    assert hosts["openai"].seen == []
