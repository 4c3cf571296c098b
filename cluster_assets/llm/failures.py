"""What a failed request means: from status, headers and text of a response to an error class.

Pure and independent of client libraries, whose exception classes are too coarse: with two providers
a missing key is a 500. The contract test runs these rules over four wire formats.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

from cluster_assets.errors import (
    Abort,
    ItemFailed,
    ModelError,
    ParameterRefused,
    PromptTooLong,
    Retryable,
    Wait,
)
from cluster_assets.llm.bodies import ProviderError, read_error
from cluster_assets.llm.redact import redact
from cluster_assets.llm.waits import retry_after_s

Outcome = Literal[
    "ok",
    "bad_key",
    "missing_key",
    "forbidden",
    "unknown_model",
    "quota",
    "outage",
    "not_served",
    "rate_limited",
    "server_error",
    "overloaded",
    "connection",
    "timeout",
    "empty",
    "invalid",
    "truncated",
    "unreadable",
    "parameter_refused",
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
    "not_served": "CA-407",
    "rate_limited": "CA-420",
    "server_error": "CA-440",
    "overloaded": "CA-441",
    "connection": "CA-442",
    "timeout": "CA-443",
    "empty": "CA-444",
    "invalid": "CA-445",
    "truncated": "CA-446",
    "unreadable": "CA-447",
    "parameter_refused": "CA-448",
    "refused": "CA-460",
    "context_too_long": "CA-461",
    "bad_request": "CA-462",
    "retries_used_up": "CA-469",
}
OFFLINE_HINT = "or set `CLUSTER_ASSETS_MODEL=offline/template` to continue without a language model"


class BadReply(Retryable):
    """A reply that cannot be used; the provider itself is up."""

    def __init__(self, outcome: Outcome, message: str, **context: object) -> None:
        super().__init__(CODES[outcome], message, outcome=outcome, **context)


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A request that ended without a reply.

    Attributes:
        model: the model that was asked.
        status: HTTP status; None without a response, 200 for a body that is neither a reply nor
            an error.
        headers: headers of the response, keys in lower case.
        text: error message of the provider or the library.
        timed_out: whether the request timed out.
        code: the provider's code for the error, where `text` does not hold it.
        param: the parameter that the provider names, where `text` does not hold it.
    """

    model: str
    status: int | None
    headers: Mapping[str, str]
    text: str
    timed_out: bool = False
    code: str = ""
    param: str = ""

    @property
    def error(self) -> ProviderError:
        """The error in the provider's own words."""
        found = read_error(self.text)
        code = f"{found.code} {self.code}".strip()
        return ProviderError(found.message, code, found.param or self.param)


_MISSING_KEY = re.compile(
    r"api_key client option must be set|missing (?:\w+ )?api[ _]key|api key (?:is )?required|"
    r"no api[ _]key|missing credentials|must be set either by passing api_key|"
    r"(?:GEMINI|GOOGLE|ANTHROPIC|OPENAI)_API_KEY.{0,60}(?:missing|not set|not found)",
    re.I,
)
_BAD_KEY = re.compile(
    r"(?:incorrect api[ _-]?key|api[ _-]?key (?:not valid|expired)|"
    r"api_key_invalid|invalid[ _]api[ _-]?key)",
    re.I,
)
_QUOTA_CODE = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|billing_hard_limit|billing_not_active|"
    r"budget_exceeded|quota_exhausted",
    re.I,
)
_QUOTA = re.compile(
    rf"{_QUOTA_CODE.pattern}|per[ _-]?(?:1 )?(?:day|month)|/ ?day\b|\bdaily\b|\b[RT]PD\b|"
    r"per 24 ?h|monthly|spend(?:ing)? (?:limit|cap)|out of credits|more credits|"
    r"credit balance is too low|budget (?:has been |was )?exceeded|exceeded ?budget|"
    r"\blimit: 0(?![\d.])|"
    # OpenAI. Gemini uses the same words for a limit per minute; there the quota id tells which
    r"\A(?!.*RESOURCE_EXHAUSTED).*exceeded your current quota",
    re.I | re.S,
)
# Whole sentences of providers that answer 400 to these
_NO_CREDIT = re.compile(
    r"your credit balance is too low|you have reached your specified api usage limits", re.I
)
_NOT_SERVED = re.compile(
    r"user location is not supported|unsupported_country_region_territory|"
    r"country, region, or territory not supported",
    re.I,
)
_TOO_LARGE = re.compile(r"request[_ ]too[_ ]large|must be reduced", re.I)
_CONTEXT = re.compile(
    r"context_length_exceeded|maximum context length|context ?(?:length|window|limit)|"
    r"prompt is too long|input token count|too many (?:input )?tokens|"
    r"exceeds? the (?:available )?context",
    re.I,
)
_MODERATED = re.compile(
    r"\bflagged\b|moderation|prohibited_content|content[_ ](?:policy|management|filter)", re.I
)
_POLICY = re.compile(rf"{_MODERATED.pattern}|usage polic|safety|recitation|responsible ai", re.I)
# The library's words for a 200 whose body it cannot read
_UNREADABLE = re.compile(
    r"Traceback \(most recent|Empty or invalid response from|Invalid response object|"
    r"provider returned 'choices'|Unable to (?:get|parse) (?:json )?response",
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


def classify(failure: ProviderFailure) -> ModelError:
    """Return the error to raise: Abort, Wait, Retryable or ItemFailed, with redacted text.

    `context["outcome"]` is the case, `context["retry_after_s"]` the wait that the provider asks
    for.
    """
    outcome = _outcome(failure)
    what = _what(failure)
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
    if outcome == "unreadable":
        return BadReply(outcome, f"`{failure.model}` sent a reply that cannot be read")
    return Retryable(code, what, retry_after_s=wait_s, **context)


def parameter_refused(failure: ProviderFailure, change: str) -> ParameterRefused:
    """Return the error for a refused parameter; `change` says how the next request differs."""
    return ParameterRefused(
        CODES["parameter_refused"],
        f"{change}: {_what(failure)}",
        outcome="parameter_refused",
        model=failure.model,
    )


def _what(failure: ProviderFailure) -> str:
    said = redact(failure.error.message) or "no message"
    return f"`{failure.model}` answered {failure.status or 'nothing'}: {said}"


_ABORT_ADVICE: Mapping[Outcome, str] = {
    "missing_key": "no key is set for this model: set it in the environment or in `.env`",
    "bad_key": "the provider rejects the key: correct it in the environment or in `.env`",
    "forbidden": "this key has no access to the model: check account and `CLUSTER_ASSETS_MODEL`",
    "unknown_model": "the provider does not know this model or address: check"
    " `CLUSTER_ASSETS_MODEL` and `CLUSTER_ASSETS_API_BASE` (for the judge `..._JUDGE_MODEL` and"
    " `..._JUDGE_API_BASE`)",
    "quota": "the account has no quota left: raise it, wait until it is renewed",
    "not_served": "the provider does not serve this location: set `CLUSTER_ASSETS_MODEL` to another"
    " provider's model",
}
Where = Literal["text", "code", "start"]
_ANY = range(1000)
_CLIENT_ERRORS = range(400, 500)
# First match wins: statuses (0: no response), where to look, pattern, case. A 400 may quote a
# cluster's text, so that words stop a batch only in 402 and 429, in the error's code, and where
# they begin the message
_RULES: tuple[tuple[Container[int], Where, re.Pattern[str], Outcome], ...] = (
    ({200}, "text", _ANYTHING, "unreadable"),
    ({0, 500}, "text", _UNREADABLE, "unreadable"),
    ({0, 401, 403, 500}, "text", _MISSING_KEY, "missing_key"),
    ({400, 401}, "code", _BAD_KEY, "bad_key"),
    ({400, 401}, "start", _BAD_KEY, "bad_key"),
    (_ANY, "code", _NOT_SERVED, "not_served"),
    ({400, 403}, "start", _NOT_SERVED, "not_served"),
    (_ANY, "code", _QUOTA_CODE, "quota"),
    ({400, 403}, "start", _NO_CREDIT, "quota"),
    ({413}, "text", _ANYTHING, "context_too_long"),
    ({400, 429}, "text", _TOO_LARGE, "context_too_long"),
    ({429}, "text", _QUOTA, "quota"),
    ({429}, "text", _ANYTHING, "rate_limited"),
    ({401}, "text", _ANYTHING, "bad_key"),
    ({402}, "text", _ANYTHING, "quota"),
    ({403}, "text", _MODERATED, "refused"),
    ({403}, "text", _ANYTHING, "forbidden"),
    ({404}, "text", _ANYTHING, "unknown_model"),
    ({408, 499}, "text", _ANYTHING, "timeout"),
    ({409, 425}, "text", _ANYTHING, "server_error"),
    (_CLIENT_ERRORS, "text", _CONTEXT, "context_too_long"),
    (_CLIENT_ERRORS, "text", _POLICY, "refused"),
    (_CLIENT_ERRORS, "text", _ANYTHING, "bad_request"),
    ({503, 529}, "text", _ANYTHING, "overloaded"),
    (_ANY, "text", _OVERLOADED, "overloaded"),
    ({0}, "text", _ANYTHING, "connection"),
    (_ANY, "text", _CONNECTION, "connection"),
    (_ANY, "text", _ANYTHING, "server_error"),
)


def _outcome(failure: ProviderFailure) -> Outcome:
    if failure.timed_out:
        return "timeout"
    status, error = failure.status or 0, failure.error
    places: Mapping[Where, str] = {
        "code": error.code,
        "start": error.message,
        "text": f"{error.code} {failure.text}",
    }
    return next(
        outcome
        for statuses, where, pattern, outcome in _RULES
        if status in statuses
        and (pattern.match if where == "start" else pattern.search)(places[where])
    )
