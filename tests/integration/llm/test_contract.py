"""The contract with litellm: the fault table over four wire formats, one request for each call.

Run with every change of litellm's version.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cluster_assets.core.summary.reading import read_json
from cluster_assets.errors import Abort, ItemFailed, ModelError, Retryable, Wait
from cluster_assets.llm.clients import close_clients, make_client
from cluster_assets.llm.litellm_client import LitellmClient
from cluster_assets.llm.model import Message, ModelReply, ModelRequest
from cluster_assets.llm.redact import MASK
from cluster_assets.llm.replies import InvalidReply, usable_text
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer, Provider

MODELS: dict[Provider, str] = {
    "openai": "openai/gpt-5.4-mini",
    "anthropic": "anthropic/claude-sonnet-5",
    "gemini": "gemini/gemini-3.5-flash",
    "ollama_chat": "ollama_chat/llama3",
}
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_API_KEY")
KEY = "zx9-a-key-without-a-known-shape-81"
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
REQUEST = ModelRequest(
    purpose="write",
    cluster_hash="c" * 64,
    messages=(Message("system", "You answer."), Message("user", "Is it so?")),
    wire_schema=SCHEMA,
    schema_name="answer",
    max_tokens=321,
)


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, KEY)


def complete(client: LitellmClient, request: ModelRequest = REQUEST) -> ModelReply:
    async def main() -> ModelReply:
        try:
            return await client.complete(request)
        finally:
            await close_clients()

    return asyncio.run(main())


def client_for(server: LlmServer, provider: Provider, timeout_s: float = 20.0) -> LitellmClient:
    client = make_client(MODELS[provider], server.api_base(provider), timeout_s)
    assert isinstance(client, LitellmClient)
    return client


def judged(reply: ModelReply) -> str:
    """Read a reply as `ask` does; `ok` when it holds."""
    value, findings = read_json(usable_text(reply, 321))
    if findings or value not in ({"answer": "yes"}, {"answer": "no"}):
        raise InvalidReply(["no answer"])
    return "ok"


@dataclass(frozen=True)
class Case:
    fault: str
    error: type[ModelError] | None
    outcome: str
    timeout_s: float = 20.0


CASES = [
    Case("bad_key", Abort, "bad_key"),
    Case("forbidden", Abort, "forbidden"),
    Case("unknown_model", Abort, "unknown_model"),
    Case("quota", Abort, "quota"),
    Case("rate_limited", Wait, "rate_limited"),
    Case("server_error", Retryable, "server_error"),
    Case("bad_gateway", Retryable, "server_error"),
    Case("overloaded", Retryable, "overloaded"),
    Case("overloaded_529", Retryable, "overloaded"),
    Case("reset", Retryable, "connection"),
    Case("half_body", Retryable, "connection"),
    Case("hang", Retryable, "timeout", 0.6),
    # litellm's own time-out is one for each read: a reply that trickles in never meets it
    Case("trickle", Retryable, "timeout", 0.6),
    Case("context_too_long", ItemFailed, "context_too_long"),
    Case("policy", ItemFailed, "refused"),
    Case("refusal", ItemFailed, "refused"),
    Case("truncated", Retryable, "truncated"),
    Case("empty", Retryable, "empty"),
    Case("malformed", Retryable, "invalid"),
    Case("wrong_enum", Retryable, "invalid"),
    Case("fenced", None, "ok"),
]


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault)
def test_fault_table(server: LlmServer, provider: Provider, case: Case) -> None:
    server.configure(Behaviour(script=(case.fault,), retry_after_s=2.5))
    expected, outcome = case.error, case.outcome
    if (case.fault, provider) == ("refusal", "ollama_chat"):
        expected, outcome = Retryable, "empty"  # its wire format has no word for a refusal
    try:
        found, error = judged(complete(client_for(server, provider, case.timeout_s))), None
    except ModelError as raised:
        found, error = raised.context["outcome"], raised
    assert found == outcome
    assert expected is None or isinstance(error, expected)
    if isinstance(error, Wait):
        assert error.retry_after_s == 2.5
    assert server.stats().n_requests == 1


@pytest.mark.parametrize("provider", MODELS)
def test_a_reply_with_usage_and_cost(server: LlmServer, provider: Provider) -> None:
    server.configure(Behaviour(required_key=KEY if provider != "ollama_chat" else None))
    reply = complete(client_for(server, provider))
    assert json.loads(reply.text) == {"answer": "yes"}
    assert reply.model == MODELS[provider]
    assert reply.finish_reason == "stop"
    assert reply.tokens_in is not None
    assert reply.tokens_out is not None
    assert reply.tokens_out > 0
    if provider == "ollama_chat":
        assert reply.cost_usd is None
    else:
        assert reply.cost_usd is not None
        assert reply.cost_usd > 0


@pytest.mark.parametrize("provider", MODELS)
def test_the_request_on_the_wire(server: LlmServer, provider: Provider) -> None:
    server.configure(Behaviour())
    complete(client_for(server, provider))
    (body,) = server.bodies()
    text = json.dumps(body)
    assert '"enum": ["yes", "no"]' in text
    assert "321" in text
    assert "You answer." in text


def test_a_model_without_schemas_gets_the_schema_in_the_prompt(server: LlmServer) -> None:
    server.configure(Behaviour())
    complete(LitellmClient("openai/gpt-3.5-turbo", server.api_base("openai"), 20))
    (body,) = server.bodies()
    assert body["response_format"] == {"type": "json_object"}
    assert '"enum": ["yes", "no"]' in body["messages"][-1]["content"]


def test_a_model_that_nobody_knows_gets_both(server: LlmServer) -> None:
    server.configure(Behaviour())
    complete(LitellmClient("openai/my-own-model", server.api_base("openai"), 20))
    (body,) = server.bodies()
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert '"enum": ["yes", "no"]' in body["messages"][-1]["content"]


def test_a_price_of_zero_is_no_price(server: LlmServer) -> None:
    server.configure(Behaviour())
    client = LitellmClient("gemini/gemini-3-pro-preview", server.api_base("gemini"), 20)
    assert complete(client).cost_usd != 0


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_a_server_of_ones_own_needs_no_key(
    server: LlmServer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    server.configure(Behaviour())
    assert judged(complete(client_for(server, provider))) == "ok"


@pytest.mark.parametrize("provider", MODELS)
def test_nobody_listens(provider: Provider) -> None:
    client = make_client(MODELS[provider], "http://127.0.0.1:9", 5)
    assert isinstance(client, LitellmClient)
    with pytest.raises(Retryable) as caught:
        complete(client)
    assert caught.value.context["outcome"] == "connection"


@pytest.mark.slow  # measures a reply, which a busy machine delays
def test_prepared_clients_answer_at_once(server: LlmServer) -> None:
    async def main() -> float:
        client = client_for(server, "openai")
        await client.prepare()
        reply = await client.complete(REQUEST)
        await close_clients()
        return reply.latency_s

    server.configure(Behaviour())
    assert asyncio.run(main()) < 0.3
    assert server.stats().n_requests == 1


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("fault", ["echo_key", "bad_key", "server_error", "reset"])
def test_the_key_is_nowhere(
    server: LlmServer,
    provider: Provider,
    fault: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in the error, what it hangs on, its traceback, the logs at DEBUG, nor on the terminal."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        server.configure(Behaviour(script=(fault,)))
        with pytest.raises(ModelError) as caught:
            complete(client_for(server, provider))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    error = caught.value
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    terminal = capfd.readouterr()
    texts = (str(error), repr(vars(error)), "".join(trace.format()), log.getvalue(), *terminal)
    assert not [text for text in texts if KEY in text]
    assert error.__cause__ is None
    assert error.__context__ is None
    if fault == "echo_key" and provider != "ollama_chat":  # which sends no key
        assert MASK in error.message


def test_prompts_are_not_logged_at_info(
    server: LlmServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.configure(Behaviour())
    with caplog.at_level(logging.INFO):
        complete(client_for(server, "openai"))
    assert "Is it so?" not in caplog.text
