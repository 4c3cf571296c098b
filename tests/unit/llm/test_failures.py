"""What an answer of a provider means."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.errors import Abort, ItemFailed, ModelError, PromptTooLong, Retryable, Wait
from cluster_assets.llm.failures import CODES, BadReply, ProviderFailure, classify
from cluster_assets.llm.waits import retry_after_s


@dataclass(frozen=True)
class Case:
    name: str
    status: int | None
    text: str
    error: type[ModelError]
    outcome: str
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float | None = None


GEMINI_MINUTE = (
    '{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan."'
    ', "status": "RESOURCE_EXHAUSTED", "details": [{"quotaId":'
    ' "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}, {"retryDelay": "7s"}]}}'
)
GEMINI_BOTH = GEMINI_MINUTE.replace("details", "d") + "GenerateRequestsPerDayPerProjectPerModel"

CASES = [
    Case("openai key", 401, "Incorrect API key provided: sk-x", Abort, "bad_key"),
    Case("gemini key", 400, "API key not valid. Please pass a valid key", Abort, "bad_key"),
    Case("xai key", 400, '{"code": "invalid", "error": "Incorrect API key provided: xai-x"}', Abort,
         "bad_key"),
    Case("openai no key", 500, "The api_key client option must be set", Abort, "missing_key"),
    Case("anthropic no key", 401, "Missing Anthropic API Key", Abort, "missing_key"),
    Case("forbidden", 403, "The caller does not have permission", Abort, "forbidden"),
    Case("unknown model", 404, "model: nosuch", Abort, "unknown_model"),
    Case("openai quota code", 429, "insufficient_quota", Abort, "quota"),
    Case("openai quota words", 429, "OpenAIException - You exceeded your current quota, check"
         " your plan and billing details.", Abort, "quota"),
    Case("anthropic spend", 429, "you have reached your spend limit", Abort, "quota"),
    Case("anthropic credit", 400, "Your credit balance is too low to access", Abort, "quota"),
    Case("gemini minute", 429, GEMINI_MINUTE, Wait, "rate_limited", wait_s=7.0),
    Case("gemini minute and day", 429, GEMINI_BOTH, Abort, "quota"),
    Case("openai day", 429, "Rate limit reached on requests per day (RPD)", Abort, "quota"),
    Case("payment", 402, "Insufficient Balance", Abort, "quota"),
    Case("429 with nothing", 429, "", Wait, "rate_limited"),
    Case("429 header", 429, "slow down", Wait, "rate_limited", {"retry-after": "2"}, 2.0),
    Case("500", 500, "Internal server error", Retryable, "server_error"),
    Case("502 html", 502, "<html>Bad Gateway</html>", Retryable, "server_error"),
    Case("503", 503, "", Retryable, "overloaded"),
    Case("503 header", 503, "", Retryable, "overloaded", {"retry-after": "4"}, 4.0),
    Case("529 shown as 500", 500, '{"type": "overloaded_error"}', Retryable, "overloaded"),
    Case("reset", 500, "Server disconnected", Retryable, "connection"),
    Case("nothing came", None, "", Retryable, "connection"),
    Case("408", 408, "", Retryable, "timeout"),
    Case("openai context", 400, "context_length_exceeded", PromptTooLong, "context_too_long"),
    Case("anthropic context", 400, "prompt is too long: 9 > 8", PromptTooLong, "context_too_long"),
    Case("gemini context", 400, "The input token count (9)", PromptTooLong, "context_too_long"),
    Case("policy", 400, "content_policy_violation", ItemFailed, "refused"),
    Case("bad request", 400, "unknown field", ItemFailed, "bad_request"),
    Case("422", 422, "schema", ItemFailed, "bad_request"),
    Case("day in a quoted text", 400, "Invalid value in messages[1]: text near 'fits, several per"
         " day' has a character that is not allowed", ItemFailed, "bad_request"),
    Case("key in a quoted text", 400, "Invalid text near 'api key not valid'", ItemFailed,
         "bad_request"),
    Case("day with hyphens", 429, "litellm.RateLimitError: RateLimitError: OpenrouterException -"
         " Rate limit exceeded: free-models-per-day", Abort, "quota"),
    Case("daily", 429, "Daily request limit reached", Abort, "quota"),
    Case("tokens a day", 429, "Rate limit reached on TPD: Limit 100000. Please try again in 7m12s",
         Abort, "quota", wait_s=None),
    Case("gemini limit 0", 429, GEMINI_MINUTE.replace("plan.", "plan. metric: x, limit: 0, model"),
         Abort, "quota"),
    Case("gemini limit 5", 429, GEMINI_MINUTE.replace("plan.", "plan. metric: x, limit: 5, model"),
         Wait, "rate_limited", wait_s=7.0),
    Case("code of a quota in 400", 400, '{"error": {"message": "no", "type": "budget_exceeded"}}',
         Abort, "quota"),
    Case("code of a quota in a 200", 500, '{"error": {"code": "insufficient_quota"}}', Abort,
         "quota"),
    Case("usage limit", 400, "You have reached your specified API usage limits.", Abort, "quota"),
    Case("gemini location", 400, "litellm.BadRequestError: GeminiException BadRequestError -"
         ' {"error": {"code": 400, "message": "User location is not supported for the API use.",'
         ' "status": "FAILED_PRECONDITION"}}', Abort, "not_served"),
    Case("openai location", 403, '{"error": {"code": "unsupported_country_region_territory"}}',
         Abort, "not_served"),
    Case("429 too large", 429, "Request too large for my-model on tokens per min (TPM): Limit"
         " 10000, Requested 12345. The input or output tokens must be reduced", PromptTooLong,
         "context_too_long"),
    Case("413", 413, "Request Entity Too Large", PromptTooLong, "context_too_long"),
    Case("moderation", 403, "Your input was flagged for violence", ItemFailed, "refused"),
    Case("409", 409, "conflict", Retryable, "server_error"),
    Case("425", 425, "too early", Retryable, "server_error"),
    Case("499", 499, "CANCELLED", Retryable, "timeout"),
    Case("524", 524, "a timeout occurred", Retryable, "server_error"),
    Case("unreadable", 500, "litellm.InternalServerError: InternalServerError: OpenAIException -"
         ' Invalid response object Traceback (most recent call last): File "/x/y.py"', BadReply,
         "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_table(case: Case) -> None:
    error = classify(ProviderFailure("openai/m", case.status, case.headers, case.text))
    assert type(error) is case.error
    assert error.context["outcome"] == case.outcome
    assert error.code == CODES[case.outcome]  # type: ignore[index]
    wait_s = error.retry_after_s if isinstance(error, Wait) else error.context.get("retry_after_s")
    assert wait_s == case.wait_s


def test_time_out_wins_over_text() -> None:
    error = classify(ProviderFailure("m/x", 401, {}, "unauthorized", timed_out=True))
    assert error.context["outcome"] == "timeout"


def test_abort_names_setting_and_alternative() -> None:
    error = classify(ProviderFailure("openai/nosuch", 404, {}, "no such model"))
    assert "CLUSTER_ASSETS_MODEL" in error.message
    assert "offline/template" in error.message


@given(
    st.none() | st.integers(100, 599),
    st.text(max_size=200),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text(max_size=30)),
)
def test_every_answer_has_a_class(status: int | None, text: str, headers: dict[str, str]) -> None:
    error = classify(ProviderFailure("m/x", status, headers, text))
    assert isinstance(error, Abort | Wait | Retryable | ItemFailed)
    if status == 429:
        assert isinstance(error, Abort | Wait | PromptTooLong)


@pytest.mark.parametrize(
    "text",
    [
        "litellm.InternalServerError: InternalServerError: OpenAIException - out of memory",
        'litellm.InternalServerError: Ollama_chatException - {"error": "out of memory"}',
        "litellm.APIError: APIError: OpenrouterException - {'error': {'message': 'out of memory'}}",
        'VertexAIException - b\'{"error": {"message": "out of memory", "code": 500}}\'',
        'out of memory\nTraceback (most recent call last):\n  File "/x.py"',
        "Error code: 500 - {'detail': 'out of memory'}",
    ],
)
def test_a_message_is_the_providers_sentence(text: str) -> None:
    """No type, prefix, traceback or path of the library is shown."""
    assert ProviderFailure("m/x", 500, {}, text).error.message == "out of memory"


def test_a_gateway_shows_what_the_provider_behind_it_said() -> None:
    text = '{"error": {"message": "Provider returned error", "metadata": {"raw": "no such field"}}}'
    failure = ProviderFailure("openrouter/x", 400, {}, text)
    assert failure.error.message == "Provider returned error: no such field"


@dataclass(frozen=True)
class Asked:
    headers: dict[str, str]
    text: str
    seconds: float | None


ASKED = [
    Asked({"retry-after": "20"}, "", 20.0),
    Asked({"retry-after": "1.5"}, "", 1.5),
    Asked({"retry-after-ms": "1500", "retry-after": "2"}, "", 1.5),
    Asked({}, 'details: "retryDelay": "7s"', 7.0),
    Asked({}, "retryDelay': '0.5s'", 0.5),
    Asked({}, "Please try again in 1.2s.", 1.2),
    Asked({}, "Please try again in 6m0s.", 360.0),
    Asked({}, "Please try again in 20ms.", 0.02),
    Asked({}, "Please try again later.", None),
    Asked({"retry-after": "soon"}, "", None),
    Asked({"retry-after": "-1"}, "", None),
    Asked({}, "", None),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.headers}{asked.text}")
def test_retry_after(asked: Asked) -> None:
    assert retry_after_s(asked.headers, asked.text) == pytest.approx(asked.seconds)


def test_retry_after_as_a_date() -> None:
    at = datetime.now(UTC) + timedelta(seconds=30)
    seconds = retry_after_s({"retry-after": format_datetime(at, usegmt=True)}, "")
    assert seconds == pytest.approx(30, abs=2)
