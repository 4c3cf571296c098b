"""What single providers and servers do, over HTTP: bodies as they were recorded.

One cluster's fault stays with it, what is permanent is not waited for, what holds a reply is read,
and a refused parameter is learned.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from cluster_assets.core.summary.reading import read_json
from cluster_assets.errors import ModelError
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.clients import close_clients, make_client
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.model import Message, ModelClient, ModelRequest
from cluster_assets.llm.replies import InvalidReply
from cluster_assets.llm.retry import AttemptRecord, RetryBudget, RetryPolicy, ask
from cluster_assets.store.tables import metadata
from cluster_assets_bench.testing.answers import Answer
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer

KEYS = ("OPENAI", "GEMINI", "OPENROUTER", "DEEPSEEK", "ANTHROPIC")
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
N_CLUSTERS = 4
POLICY = RetryPolicy(backoff_s=0.01, max_backoff_s=0.02, pause_s=0.05, wait_deadline_s=5.0)


@pytest.fixture(scope="module")
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.fixture
def limiter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RateLimiter:
    for name in KEYS:
        monkeypatch.setenv(f"{name}_API_KEY", "zx9-a-key-without-a-known-shape-81")
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}")
    metadata.create_all(engine)
    return RateLimiter(engine, "p", 10_000, 10_000)


def request(name: str) -> ModelRequest:
    return ModelRequest(
        purpose="write",
        cluster_hash=name,
        messages=(Message("user", f"cluster {name}."),),
        wire_schema=SCHEMA,
        schema_name="answer",
    )


def parse(text: str) -> str:
    value, findings = read_json(text)
    if findings or value not in ({"answer": "yes"}, {"answer": "no"}):
        raise InvalidReply(["the answer is `yes` or `no`"])
    return text


@dataclass
class Batch:
    """The end of each cluster, and all attempts."""

    results: dict[str, ModelError | str]
    attempts: list[AttemptRecord]

    @property
    def codes(self) -> list[str]:
        ends = self.results.values()
        return [end.code if isinstance(end, ModelError) else "done" for end in ends]


def run(client: ModelClient, limiter: RateLimiter) -> Batch:
    """Ask about all clusters side by side, as a batch does."""
    batch = Batch({}, [])

    async def main() -> None:
        breaker = Breaker(cooldown_s=0.1)

        async def one(name: str) -> None:
            try:
                batch.results[name] = await ask(
                    client,
                    request(name),
                    limiter=limiter,
                    policy=POLICY,
                    budget=RetryBudget(POLICY.max_retries),
                    breaker=breaker,
                    parse=parse,
                    on_attempt=batch.attempts.append,
                )
            except ModelError as error:
                batch.results[name] = error

        await asyncio.gather(*(one(f"c{i}") for i in range(N_CLUSTERS)))
        await close_clients()

    asyncio.run(main())
    batch.results = dict(sorted(batch.results.items()))
    return batch


def address(server: LlmServer, model: str) -> str:
    provider = model.partition("/")[0]
    return server.url + {"gemini": "/v1beta", "ollama_chat": "", "anthropic": ""}.get(
        provider, "/v1"
    )


def error(http: int, message: str, **fields: Any) -> Answer:
    return Answer(http, {"error": {"message": message, **fields}})


@dataclass(frozen=True)
class Stopped:
    name: str
    model: str
    answer: Answer
    code: str
    said: str


STOPPED = [
    Stopped(
        "error in a 200, limit per day",
        "openrouter/meta-llama/llama-3.3-70b-instruct:free",
        error(200, "Rate limit exceeded: free-models-per-day", code=429),
        "CA-405",
        "Rate limit exceeded: free-models-per-day",
    ),
    Stopped(
        "limit 0 with a delay",
        "gemini/gemini-2.5-pro",
        error(
            429,
            "You exceeded your current quota. * Quota exceeded for metric: x, limit: 0, model: y",
            code=429,
            status="RESOURCE_EXHAUSTED",
            details=[{"@type": "x/RetryInfo", "retryDelay": "17.5s"}],
        ),
        "CA-405",
        "limit: 0",
    ),
    Stopped(
        "location",
        "gemini/gemini-2.5-flash",
        error(400, "User location is not supported for the API use.", status="FAILED_PRECONDITION"),
        "CA-407",
        "User location is not supported",
    ),
    Stopped(
        "spend limit",
        "anthropic/claude-sonnet-5",
        error(
            400, "You have reached your specified API usage limits.", type="invalid_request_error"
        ),
        "CA-405",
        "specified API usage limits",
    ),
]


@pytest.mark.parametrize("case", STOPPED, ids=lambda case: case.name)
def test_what_is_permanent_costs_one_request(
    server: LlmServer, limiter: RateLimiter, case: Stopped
) -> None:
    server.configure(Behaviour(answers=(case.answer,)))
    batch = run(make_client(case.model, address(server, case.model), 10), limiter)
    assert batch.codes == [case.code] * N_CLUSTERS
    assert server.stats().n_requests == 1
    assert case.said in str(batch.results["c0"])
    assert "litellm" not in str(batch.results["c0"])


@dataclass(frozen=True)
class Failed:
    name: str
    status: int
    body: dict[str, Any]
    code: str


FAILED = [
    Failed(
        "quotes per day",
        400,
        {"message": "Invalid value in messages[1]: text near 'several per day'", "code": "invalid"},
        "CA-462",
    ),
    Failed(
        "too large as 429",
        429,
        {
            "message": "Request too large for my-model on tokens per min (TPM): Limit 10000,"
            " Requested 12345. The input or output tokens must be reduced",
            "code": "rate_limit_exceeded",
            "type": "tokens",
        },
        "CA-461",
    ),
    Failed("too large as 413", 413, {"message": "Request too large for my-model"}, "CA-461"),
    Failed("moderation", 403, {"message": "Your input was flagged", "code": 403}, "CA-460"),
]


@pytest.mark.parametrize("model", ["openai/my-model", "openrouter/m", "anthropic/claude-sonnet-5"])
@pytest.mark.parametrize("case", FAILED, ids=lambda case: case.name)
def test_the_fault_of_one_cluster_is_its_own(
    server: LlmServer, limiter: RateLimiter, case: Failed, model: str
) -> None:
    answer = Answer(case.status, {"error": case.body}, containing="cluster c1.")
    server.configure(Behaviour(answers=(answer,)))
    batch = run(make_client(model, address(server, model), 10), limiter)
    assert batch.codes == ["done", case.code, "done", "done"]
    assert server.stats().n_requests == N_CLUSTERS


@dataclass(frozen=True)
class Read:
    name: str
    model: str
    answer: Answer
    tokens_known: bool = True


READ = [
    Read("parts", "openai/my-model", Answer(in_parts=True)),
    Read("usage null", "openai/gpt-5.4-mini", Answer(changes={"usage": None}), tokens_known=False),
    Read("parts, no usage", "openai/my-model", Answer(in_parts=True, changes={"usage": None}),
         tokens_known=False),
    *(
        Read(f"{name} {model}", model, answer)
        for model in ("hosted_vllm/r1-distill", "ollama_chat/llama3", "gemini/gemini-2.5-pro")
        for name, answer in (
            ("end of reasoning", Answer(prefix="The rows say {so}...\n</think>\n\n")),
            ("reasoning", Answer(prefix="<think>The rows say so</think>\n")),
            ("prose and fence", Answer(prefix="Here it is:\n```json\n", suffix="\n```\nDone.")),
            ("end token", Answer(suffix="<|im_end|>\n")),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_what_holds_one_reply_is_read(server: LlmServer, limiter: RateLimiter, case: Read) -> None:
    server.configure(Behaviour(answers=(case.answer,)))
    batch = run(make_client(case.model, address(server, case.model), 10), limiter)
    assert batch.codes == ["done"] * N_CLUSTERS
    assert server.stats().n_requests == N_CLUSTERS
    assert {attempt.tokens_in is not None for attempt in batch.attempts} == {case.tokens_known}
    if not case.tokens_known:
        assert {attempt.cost_usd for attempt in batch.attempts} == {None}


@dataclass(frozen=True)
class Unusable:
    name: str
    model: str
    answer: Answer
    outcome: str


UNUSABLE = [
    Unusable("no choices", "openai/my-model", Answer(changes={"choices": []}), "empty"),
    Unusable("null choices", "openai/my-model", Answer(changes={"choices": None}), "empty"),
    Unusable("no message", "openai/m", Answer(changes={"choices": [{"message": None}]}), "empty"),
    Unusable("no candidates", "gemini/gemini-2.5-pro", Answer(changes={"candidates": []}), "empty"),
    Unusable("another object", "hosted_vllm/m", Answer(200, {"hello": 1}), "unreadable"),
    Unusable("another object of Ollama", "ollama_chat/m", Answer(200, {"hello": 1}), "unreadable"),
    Unusable("another object of Gemini", "gemini/m", Answer(200, {"hello": 1}), "unreadable"),
    Unusable("another object of Anthropic", "anthropic/m", Answer(200, {"hello": 1}), "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize("case", UNUSABLE, ids=lambda case: case.name)
def test_what_holds_no_reply_is_asked_for_again(
    server: LlmServer, limiter: RateLimiter, case: Unusable
) -> None:
    server.configure(Behaviour(answers=(case.answer,)))
    batch = run(make_client(case.model, address(server, case.model), 10), limiter)
    assert batch.codes == ["CA-469"] * N_CLUSTERS
    assert Counter(attempt.outcome for attempt in batch.attempts) == {case.outcome: 4 * N_CLUSTERS}
    shown = "".join(str(end) for end in batch.results.values())
    assert not [word for word in ("Traceback", "litellm", "Exception", ".py") if word in shown]


def test_the_servers_own_error_is_shown(server: LlmServer, limiter: RateLimiter) -> None:
    answer = Answer(200, {"error": "CUDA error: out of memory"})
    server.configure(Behaviour(answers=(answer,)))
    batch = run(make_client("ollama_chat/llama3", server.url, 10), limiter)
    assert {attempt.outcome for attempt in batch.attempts} == {"server_error"}
    findings = {finding for attempt in batch.attempts for finding in attempt.findings}
    assert findings == {"`ollama_chat/llama3` answered 500: CUDA error: out of memory"}


def test_a_refusal_in_its_own_field_is_kept(server: LlmServer, limiter: RateLimiter) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    server.configure(Behaviour(answers=(Answer(changes={"choices": [choice]}),)))
    batch = run(make_client("openai/my-model", server.api_base(), 10), limiter)
    assert batch.codes == ["CA-460"] * N_CLUSTERS
    replies = [attempt.reply for attempt in batch.attempts]
    assert {reply.text for reply in replies if reply} == {"I cannot help with that."}


@dataclass(frozen=True)
class Refused:
    name: str
    model: str
    answer: Answer
    n_refusals: int
    sent: dict[str, Any]


def refusal(containing: str, message: str, **fields: Any) -> Answer:
    return Answer(400, {"error": {"message": message, **fields}}, containing=containing)


NO_TEMPERATURE = "Unsupported value: 'temperature' does not support 0 with this model."
NO_FORMAT = "This response_format type is unavailable now"
REFUSED = [
    Refused(
        "temperature",
        "openai/my-gpt5-alias",
        refusal('"temperature"', NO_TEMPERATURE, param="temperature", code="unsupported_value"),
        1,
        {"temperature": None},
    ),
    Refused(
        "temperature at a gateway",
        "hosted_vllm/m",
        refusal('"temperature"', NO_TEMPERATURE),
        1,
        {"temperature": None},
    ),
    Refused(
        "schema",
        "deepseek/deepseek-chat",
        refusal('"json_schema"', NO_FORMAT, type="invalid_request_error"),
        1,
        {"response_format": {"type": "json_object"}},
    ),
    Refused(
        "schema and JSON",
        "openai/my-model",
        refusal('"response_format"', NO_FORMAT),
        2,
        {"response_format": None},
    ),
    Refused(
        "name of the limit",
        "openai/my-model",
        refusal('"max_tokens"', "Unsupported parameter: 'max_tokens'", param="max_tokens"),
        1,
        {"max_tokens": None, "max_completion_tokens": 4096},
    ),
    Refused(
        "context",
        "hosted_vllm/m",
        Answer(
            400,
            {
                "error": {
                    "message": "'max_tokens' or 'max_completion_tokens' is too large: 4096. This"
                    " model's maximum context length is 6000 tokens and your request has 1912 input"
                    " tokens.",
                    "code": 400,
                    "type": "BadRequestError",
                }
            },
            output_over=4088,
        ),
        1,
        {"max_tokens": 4088},
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_refused_parameter_is_learned_once(
    server: LlmServer, limiter: RateLimiter, case: Refused
) -> None:
    server.configure(Behaviour(answers=(case.answer,)))
    client = make_client(case.model, address(server, case.model), 10)
    batch = run(client, limiter)
    assert batch.codes == ["done"] * N_CLUSTERS
    outcomes = Counter(attempt.outcome for attempt in batch.attempts)
    assert outcomes == {"parameter_refused": case.n_refusals, "ok": N_CLUSTERS}
    assert limiter.state().used == server.stats().n_requests == N_CLUSTERS + case.n_refusals
    body = server.bodies()[-1]
    assert {name: body.get(name) for name in case.sent} == case.sent
    if "response_format" in case.sent:
        assert '"enum": ["yes", "no"]' in json.dumps(body["messages"]).replace('\\"', '"')
    assert set(run(client, limiter).codes) == {"done"}
    assert server.stats().n_requests == 2 * N_CLUSTERS + case.n_refusals
