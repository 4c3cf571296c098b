"""What a failed request means: from status, headers and text of a response to an error class.

Pure and independent of client libraries, whose exception classes are too coarse: with two providers
a missing key is a 500. The contract test runs these rules over four wire formats.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from cluster_assets.errors import Abort, ItemFailed, ModelError, PromptTooLong, Retryable, Wait
from cluster_assets.llm.redact import redact

Outcome = Literal[
    "ok",
    "bad_key",
    "missing_key",
    "forbidden",
    "unknown_model",
    "quota",
    "outage",
    "rate_limited",
    "server_error",
    "overloaded",
    "connection",
    "timeout",
    "empty",
    "invalid",
    "truncated",
    "refused",
    "context_too_long",
    "bad_request",
    "retries_used_up",
]
CODES: Mapping[Outcome, str] = {
    "bad_key": "CA-401",
    "missing_key": "CA-402",
    "forbidden": "CA-403",
    "unknown_model": "CA-404",
    "quota": "CA-405",
    "outage": "CA-406",
    "rate_limited": "CA-420",
    "server_error": "CA-440",
    "overloaded": "CA-441",
    "connection": "CA-442",
    "timeout": "CA-443",
    "empty": "CA-444",
    "invalid": "CA-445",
    "truncated": "CA-446",
    "refused": "CA-460",
    "context_too_long": "CA-461",
    "bad_request": "CA-462",
    "retries_used_up": "CA-469",
}
OFFLINE_HINT = "or set `CLUSTER_ASSETS_MODEL=offline/template` to continue without a language model"


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A request that ended without a reply.

    Attributes:
        model: the model that was asked.
        status: HTTP status, None without a response.
        headers: headers of the response, keys in lower case.
        text: error message of the provider or the library.
        timed_out: whether the request timed out.
    """

    model: str
    status: int | None
    headers: Mapping[str, str]
    text: str
    timed_out: bool = False


_MISSING_KEY = re.compile(
    r"api_key client option must be set|missing (?:\w+ )?api[ _]key|api key (?:is )?required|"
    r"no api[ _]key|missing credentials|must be set either by passing api_key|"
    r"(?:GEMINI|GOOGLE|ANTHROPIC|OPENAI)_API_KEY.{0,60}(?:missing|not set|not found)",
    re.I,
)
_BAD_KEY = re.compile(r"api[ _-]?key not valid|api_key_invalid|invalid[ _]api[ _-]?key", re.I)
_QUOTA = re.compile(
    r"insufficient_quota|insufficient balance|per[ _]?day|spend(?:ing)? limit|out of credits|"
    r"credit balance is too low|billing_hard_limit|billing_not_active|"
    # OpenAI. Gemini uses the same words for a limit per minute; there the quota id tells which
    r"\A(?!.*RESOURCE_EXHAUSTED).*exceeded your current quota",
    re.I | re.S,
)
_CONTEXT = re.compile(
    r"context_length_exceeded|maximum context length|context ?(?:length|window)|prompt is too long|"
    r"input token count|too many (?:input )?tokens|exceeds? the (?:available )?context",
    re.I,
)
_POLICY = re.compile(
    r"content[_ ](?:policy|management|filter)|prohibited_content|usage polic|safety|recitation|"
    r"responsible ai",
    re.I,
)
_OVERLOADED = re.compile(r"overloaded|\bUNAVAILABLE\b|model is loading|try again later", re.I)
_CONNECTION = re.compile(
    r"cannot connect|connection (?:error|reset|refused|aborted|closed)|server disconnected|"
    r"all connection attempts failed|name or service not known|payload is not completed|"
    r"clientconnector|connecterror|broken pipe",
    re.I,
)
_ANYTHING = re.compile("")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RETRY_DELAY = re.compile(r"retryDelay\W{1,6}(\d+(?:\.\d+)?)s")
_TRY_AGAIN = re.compile(r"try again in (?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(ms|s))?", re.I)


def classify(failure: ProviderFailure) -> ModelError:
    """Return the error to raise: Abort, Wait, Retryable or ItemFailed, with redacted text.

    `context["outcome"]` is the case, `context["retry_after_s"]` the wait that the provider asks
    for.
    """
    outcome = _outcome(failure)
    text = redact(failure.text) or "no message"
    what = f"`{failure.model}` answered {failure.status or 'nothing'}: {text}"
    code, wait_s = CODES[outcome], retry_after_s(failure.headers, failure.text)
    context = {"outcome": outcome, "status": failure.status, "model": failure.model}
    if outcome in _ABORT_ADVICE:
        return Abort(code, f"{_ABORT_ADVICE[outcome]}, {OFFLINE_HINT}. {what}", **context)
    if outcome == "rate_limited":
        return Wait(code, what, wait_s, **context)
    if outcome == "context_too_long":
        return PromptTooLong(code, what, **context)
    if outcome in {"refused", "bad_request"}:
        return ItemFailed(code, what, **context)
    return Retryable(code, what, retry_after_s=wait_s, **context)


def retry_after_s(headers: Mapping[str, str], text: str) -> float | None:
    """Return the wait that the provider asks for, None if it names none.

    Read from `Retry-After` (seconds or a date), `retry-after-ms`, Gemini's `retryDelay` and
    OpenAI's "try again in 1.2s".
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    if (seconds := _header_seconds(headers.get("retry-after", "").strip())) is not None:
        return seconds
    if delay := _RETRY_DELAY.search(text):
        return float(delay[1])
    if (again := _TRY_AGAIN.search(text)) and (again[1] or again[2]):
        unit = 0.001 if again[3] == "ms" else 1.0
        return 60 * float(again[1] or 0) + unit * float(again[2] or 0)
    return None


def _header_seconds(value: str) -> float | None:
    if _NUMBER.fullmatch(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


_ABORT_ADVICE: Mapping[Outcome, str] = {
    "missing_key": "no key is set for this model: set it in the environment or in `.env`",
    "bad_key": "the provider rejects the key: correct it in the environment or in `.env`",
    "forbidden": "this key has no access to the model: check account and `CLUSTER_ASSETS_MODEL`",
    "unknown_model": "the provider does not know this model or address: check"
    " `CLUSTER_ASSETS_MODEL` and `CLUSTER_ASSETS_API_BASE` (for the judge `..._JUDGE_MODEL` and"
    " `..._JUDGE_API_BASE`)",
    "quota": "the account has no quota left: raise it, wait until it is renewed",
}
_ANY = range(1000)
_CLIENT_ERRORS = range(400, 500)
# First match wins: statuses (0: no response), pattern in the text, case
_RULES: tuple[tuple[Container[int], re.Pattern[str], Outcome], ...] = (
    (set(_ANY) - {429}, _MISSING_KEY, "missing_key"),
    ({400, 401}, _BAD_KEY, "bad_key"),
    ({400, 402, 403, 429}, _QUOTA, "quota"),
    ({429}, _ANYTHING, "rate_limited"),
    ({401}, _ANYTHING, "bad_key"),
    ({402}, _ANYTHING, "quota"),
    ({403}, _ANYTHING, "forbidden"),
    ({404}, _ANYTHING, "unknown_model"),
    ({408}, _ANYTHING, "timeout"),
    ({413}, _ANYTHING, "context_too_long"),
    (_CLIENT_ERRORS, _CONTEXT, "context_too_long"),
    (_CLIENT_ERRORS, _POLICY, "refused"),
    (_CLIENT_ERRORS, _ANYTHING, "bad_request"),
    ({503, 529}, _ANYTHING, "overloaded"),
    (_ANY, _OVERLOADED, "overloaded"),
    ({0}, _ANYTHING, "connection"),
    (_ANY, _CONNECTION, "connection"),
    (_ANY, _ANYTHING, "server_error"),
)


def _outcome(failure: ProviderFailure) -> Outcome:
    if failure.timed_out:
        return "timeout"
    status = failure.status or 0
    return next(
        outcome
        for statuses, pattern, outcome in _RULES
        if status in statuses and pattern.search(failure.text)
    )
