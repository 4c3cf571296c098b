"""What a refusal of a parameter changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from cluster_assets.llm.bodies import ProviderError
from cluster_assets.llm.parameters import Parameters

SCHEMA: Mapping[str, object] = {"type": "json_schema", "json_schema": {}}
SENT: Mapping[str, object] = {
    "temperature": 0.0,
    "response_format": SCHEMA,
    "max_tokens": 4096,
}


@dataclass(frozen=True)
class Case:
    name: str
    message: str
    changed: str | None
    param: str = ""


CASES = [
    Case("openai", "Unsupported value: 'temperature' does not support 0 with this model.",
         "temperature", "temperature"),
    Case("anthropic", "`temperature` is deprecated for this model.", "temperature"),
    Case("deepseek", "This response_format type is unavailable now", "response_format"),
    Case("gemini", "The specified schema produces a constraint that has too many states",
         "response_format"),
    Case("llama.cpp", "failed to parse grammar", "response_format"),
    Case("openai limit", "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
         " 'max_completion_tokens' instead.", "max_tokens", "max_tokens"),
    Case("param decides", "Invalid text near 'temperature' in the message", None, "messages"),
    Case("not sent", "'seed' is not supported", None),
    Case("a feature of a cluster", "text near 'temperature instability'", None),
    Case("prompt too long", "maximum context length is 8192 tokens, your messages have 9000", None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_which_parameter_a_refusal_names(case: Case) -> None:
    parameters = Parameters()
    change = parameters.learn(ProviderError(case.message, param=case.param), SENT)
    now = parameters.sent(4096, 0.0, SCHEMA if parameters.structure == "json_schema" else None)
    assert [name for name in SENT if name not in now] == ([case.changed] if case.changed else [])
    assert (change is not None) == (case.changed is not None)


@pytest.mark.parametrize("name", ["seed", "reasoning_effort", "service_tier"])
def test_whatever_is_sent_can_be_dropped(name: str) -> None:
    parameters = Parameters()
    assert parameters.learn(ProviderError(f"Unrecognized request argument: {name}"), {name: "x"})
    assert parameters.dropped == {name}


def test_structure_goes_from_schema_to_json_to_prompt_and_no_further() -> None:
    parameters, refusal = Parameters(), ProviderError("response_format is not supported")
    seen = [parameters.structure]
    for form in (SCHEMA, {"type": "json_object"}):
        assert parameters.learn(refusal, {"response_format": form})
        seen.append(parameters.structure)
    assert seen == ["json_schema", "json_object", "prompt"]
    assert parameters.learn(refusal, {}) is None


def test_the_limit_goes_from_one_name_to_the_other_to_none() -> None:
    parameters = Parameters()
    for name, following in (
        ("max_tokens", "max_completion_tokens"),
        ("max_completion_tokens", None),
    ):
        assert parameters.limit_name == name
        assert parameters.learn(ProviderError(f"`{name}` is not supported"), {name: 4096})
        assert parameters.limit_name == following


def test_requests_in_flight_are_repeated_and_change_nothing_twice() -> None:
    parameters, refusal = Parameters(), ProviderError("response_format is not supported")
    assert parameters.learn(refusal, {"response_format": SCHEMA})
    assert parameters.learn(refusal, {"response_format": SCHEMA})
    assert parameters.structure == "json_object"


@dataclass(frozen=True)
class Room:
    name: str
    message: str
    max_tokens: int | None


ROOMS = [
    Room("vllm", "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum"
         " context length is 6000 tokens and your request has 2912 input tokens.", 3088),
    Room("openai", "This model's maximum context length is 6000 tokens. However, you requested 7008"
         " tokens (2912 in the messages, 4096 in the completion).", 3088),
    Room("openrouter", "This endpoint's maximum context length is 6000 tokens. However, you"
         " requested about 7008 tokens (2912 of text input, 4096 in the output).", 3088),
    Room("anthropic", "input length and `max_tokens` exceed context limit: 2912 + 4096 > 6000,"
         " decrease input length or `max_tokens` and try again", 3088),
    Room("anthropic model", "max_tokens: 4096 > 2048, which is the maximum allowed number of output"
         " tokens", 2048),
    Room("openai model", "max_tokens is too large: 4096. This model supports at most 2048"
         " completion tokens", 2048),
    Room("groq", "`max_tokens` must be less than or equal to `2048`", 2048),
    Room("deepseek", "Invalid max_tokens value, the valid range of max_tokens is [1, 2048]", 2048),
    Room("no room", "This model's maximum context length is 3000 tokens. However, you requested"
         " 7008 tokens (2912 in the messages, 4096 in the completion).", None),
]  # fmt: skip


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_context_limit_lowers_the_output_limit_first(room: Room) -> None:
    parameters = Parameters()
    change = parameters.learn(ProviderError(room.message), {"max_tokens": 4096})
    assert (change is not None) == (room.max_tokens is not None)
    assert parameters.max_tokens == room.max_tokens
    assert parameters.sent(4096, 0.0, None)["max_tokens"] == (room.max_tokens or 4096)
