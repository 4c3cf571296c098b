"""Asking a model until it sends a valid reply or retries are pointless.

The only retry layer: retries of the libraries below and of Dagster are off. Every HTTP request
takes a slot of the limiter, passes the breaker, and is reported as one attempt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from cluster_assets.errors import (
    Abort,
    ItemFailed,
    ModelError,
    ParameterRefused,
    Retryable,
    Wait,
)
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.failures import CODES, OFFLINE_HINT, BadReply
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.model import ModelClient, ModelReply, ModelRequest, Preparable
from cluster_assets.llm.replies import (
    InvalidReply,
    TruncatedReply,
    next_request,
    usable_text,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to retry and how long to wait.

    Attributes:
        max_retries: retries per cluster, over all its requests.
        backoff_s: wait before the first retry, doubled for each further one, plus jitter.
        max_backoff_s: upper limit of that wait.
        pause_s: pause of all processes when the provider asks for one without naming its length.
        wait_deadline_s: total time for which the provider may tell one request to wait.
    """

    max_retries: int = 3
    backoff_s: float = 1.0
    max_backoff_s: float = 30.0
    pause_s: float = 10.0
    wait_deadline_s: float = 900.0


@dataclass(slots=True)
class RetryBudget:
    """The retries of one cluster, shared by all requests to its writers and judges."""

    left: int

    def take(self) -> bool:
        """Use one retry; return False when none is left."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One request that was sent, with its outcome.

    Attributes:
        request: the request as sent.
        model: the model that was asked.
        outcome: `ok`, or why there is no result; see `failures.Outcome`.
        reply: the reply, None if there was none.
        findings: validation problems, or the error message of the provider.
        latency_s: from sending to the end.
    """

    request: ModelRequest
    model: str
    outcome: str
    reply: ModelReply | None
    findings: tuple[str, ...]
    latency_s: float

    @property
    def tokens_in(self) -> int | None:
        """Tokens of the prompt, None if unknown."""
        return self.reply.tokens_in if self.reply else None

    @property
    def tokens_out(self) -> int | None:
        """Tokens of the reply, None if unknown."""
        return self.reply.tokens_out if self.reply else None

    @property
    def cost_usd(self) -> float | None:
        """Cost of the request, None if unknown; an error response costs nothing."""
        if self.reply is None:
            return None if self.outcome in {"timeout", "connection"} else 0.0
        return self.reply.cost_usd


class RetriesUsedUp(ItemFailed):
    """No retry is left for a cluster; `last` is the error of the last request.

    `is_content` is true if that was an unusable reply rather than a transport failure.
    """

    def __init__(self, last: Retryable) -> None:
        super().__init__(
            CODES["retries_used_up"],
            f"no usable reply, and no retry is left: {last.message}",
            outcome=last.context.get("outcome"),
        )
        self.last = last
        self.is_content = isinstance(last, BadReply)


async def ask(
    client: ModelClient,
    request: ModelRequest,
    *,
    limiter: RateLimiter,
    policy: RetryPolicy,
    budget: RetryBudget,
    breaker: Breaker,
    parse: Callable[[str], T],
    on_attempt: Callable[[AttemptRecord], None],
) -> T:
    """Ask a model and return its parsed reply.

    Args:
        client: sends one request.
        request: what to ask.
        limiter: provides the slots, if the client uses the network.
        policy: how often to retry and how long to wait.
        budget: retries left for the cluster.
        breaker: the breaker of this client and batch.
        parse: turns the text of a reply into the result; raises `InvalidReply`.
        on_attempt: called with every request that was sent, valid or not.

    Raises:
        Abort: no request can succeed: bad key, no quota, unknown model, outage, or told to wait
            for too long.
        ItemFailed: this model cannot write this cluster; `RetriesUsedUp` when no retry is left.
        StoreError: the limiter's database cannot be used.
    """
    question = _Question(client, request, limiter, policy, breaker, parse, on_attempt)
    retrying = AsyncRetrying(
        sleep=asyncio.sleep,
        retry=retry_if_exception_type((Retryable, Wait, ParameterRefused)),
        stop=lambda state: isinstance(_error(state), Retryable) and not budget.take(),
        wait=_Backoff(policy),
        reraise=True,
    )
    try:
        return await retrying(question.attempt)
    except Retryable as error:
        raise RetriesUsedUp(error) from None


@dataclass(slots=True)
class _Question(Generic[T]):
    """One request and its state between attempts."""

    client: ModelClient
    first: ModelRequest
    limiter: RateLimiter
    policy: RetryPolicy
    breaker: Breaker
    parse: Callable[[str], T]
    on_attempt: Callable[[AttemptRecord], None]
    request: ModelRequest = field(init=False)
    was_truncated: bool = False
    waiting_until: float | None = None

    def __post_init__(self) -> None:
        self.request = self.first

    async def attempt(self) -> T:
        """Send once; on failure prepare the next request."""
        try:
            if not self.client.uses_network:
                return await self._send()
            return await self.breaker.request(self._take_slot, self._send)
        except Wait as error:
            await self._wait(error)
            raise
        except TruncatedReply as error:
            if self.was_truncated:
                raise ItemFailed(error.code, error.message, **error.context) from None
            self.was_truncated = True
            self.request = next_request(self.first, self.request, error)
            raise
        except Retryable as error:
            self.request = next_request(self.first, self.request, error)
            raise

    async def _take_slot(self) -> None:
        if isinstance(self.client, Preparable):
            await self.client.prepare()
        await self.limiter.acquire()

    async def _send(self) -> T:
        started, reply = time.monotonic(), None
        try:
            reply = await self.client.complete(self.request)
            result = self.parse(usable_text(reply, self.request.max_tokens))
        except ModelError as error:
            self._report(error, reply, time.monotonic() - started)
            raise
        self._report(None, reply, reply.latency_s)
        return result

    def _report(self, error: ModelError | None, reply: ModelReply | None, latency_s: float) -> None:
        findings = ()
        if error is not None:
            findings = error.findings if isinstance(error, InvalidReply) else (error.message,)
        self.on_attempt(
            AttemptRecord(
                request=self.request,
                model=self.client.model,
                outcome="ok" if error is None else str(error.context.get("outcome", error.code)),
                reply=reply,
                findings=findings,
                latency_s=latency_s,
            )
        )

    async def _wait(self, error: Wait) -> None:
        """Pause all processes for as long as the provider asks, up to the deadline."""
        now = time.monotonic()
        if self.waiting_until is None:
            self.waiting_until = now + self.policy.wait_deadline_s
        pause_s = self.policy.pause_s if error.retry_after_s is None else error.retry_after_s
        if now + pause_s > self.waiting_until:
            raise Abort(
                error.code,
                f"the provider asked to wait for more than {self.policy.wait_deadline_s:g} s in"
                " total: set `CLUSTER_ASSETS_REQUESTS_PER_MINUTE` to what the account allows and"
                f" try again later, {OFFLINE_HINT}. {error.message}",
                **error.context,
            ) from None
        await self.limiter.pause(pause_s)


class _Backoff:
    """Seconds before the next attempt; none where only the limiter sets the pace."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._grow = wait_exponential_jitter(
            multiplier=policy.backoff_s, max=policy.max_backoff_s, jitter=policy.backoff_s
        )

    def __call__(self, state: RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, Wait | ParameterRefused | BadReply):
            return 0.0
        asked = error.context.get("retry_after_s") if isinstance(error, Retryable) else None
        least = min(float(str(asked or 0)), self._policy.max_backoff_s)
        return max(least, self._grow(state))


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
