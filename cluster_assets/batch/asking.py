"""Asking models for one batch: a seat for each model; every request is recorded and counted.

`questions` has the content of the requests, `writing` acts on the replies, and `llm.retry` repeats
requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cluster_assets.batch.progress import Usage
from cluster_assets.batch.questions import Question
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.findings import Parsed
from cluster_assets.core.summary.verdict import Source
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.model import Message, ModelClient, ModelRequest
from cluster_assets.llm.replies import InvalidReply
from cluster_assets.llm.retry import AttemptRecord, RetryBudget, RetryPolicy, ask
from cluster_assets.store.records import AttemptRow, StoredCluster

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.llm.limiter import RateLimiter

MAX_CONTENT_ATTEMPTS = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seat:
    """One model of a batch, with its limiter and its breaker."""

    client: ModelClient
    limiter: RateLimiter
    breaker: Breaker


@dataclass(frozen=True, slots=True)
class Seats:
    """The models of a batch; `judge` is None for the offline writer, whose texts need no judge."""

    writer: Seat
    judge: Seat | None
    fallback: Seat | None

    def plan(self) -> list[tuple[int, Seat, Source]]:
        """Return number, model and source of each content attempt."""
        if not self.writer.client.uses_network:  # it would write the same text again
            return [(1, self.writer, "template")]
        plan: list[tuple[int, Seat, Source]] = [
            (number, self.writer, "llm") for number in range(1, MAX_CONTENT_ATTEMPTS + 1)
        ]
        if self.fallback is not None:
            plan[-1] = (MAX_CONTENT_ATTEMPTS, self.fallback, "llm_fallback")
        return plan


@dataclass(frozen=True, slots=True)
class Spent:
    """The effort for one cluster in one batch.

    Attributes:
        usage: requests over the network, with tokens and cost.
        latency_s: total time of all requests.
    """

    usage: Usage = field(default_factory=Usage)
    latency_s: float = 0.0


def _ignore(_: Usage) -> None:
    """Do nothing."""


@dataclass(slots=True)
class Conversation:
    """All requests for one cluster in one batch.

    Attributes:
        cluster: the cluster, with the packet that is asked about.
        budget: retries left, shared by writer, judge and fallback.
        on_usage: called after each request over the network.
        spent: effort so far.
        last_id: row of the last request.
        unjudged: why the text could not be judged, None when it was or need not be.
    """

    installation: Installation
    cluster: StoredCluster
    batch_id: str
    policy: RetryPolicy
    budget: RetryBudget
    on_usage: Callable[[Usage], None] = _ignore
    spent: Spent = field(default_factory=Spent)
    last_id: int | None = None
    unjudged: str | None = None
    _n_requests: int = 0

    @property
    def mean_latency_s(self) -> float | None:
        """Mean time of a request, None when there was none."""
        return self.spent.latency_s / self._n_requests if self._n_requests else None

    async def ask(self, seat: Seat, question: Question[T]) -> T:
        """Ask and return the parsed reply; every request is recorded, whatever its outcome.

        Raises:
            Abort: no request of this batch can succeed.
            ItemFailed: there will be no usable reply.
        """
        request = ModelRequest(
            purpose=question.purpose,
            cluster_hash=self.cluster.cluster_hash,
            messages=tuple(Message(role, content) for role, content in question.prompt),
            wire_schema=question.wire_schema,
            schema_name=question.schema_name,
            packet=self.cluster.packet,
        )
        return await ask(
            seat.client,
            request,
            limiter=seat.limiter,
            policy=self.policy,
            budget=self.budget,
            breaker=seat.breaker,
            parse=lambda text: _value(question.parse(text)),
            on_attempt=lambda attempt: self._record(attempt, seat, question.prompt_version),
        )

    def conclude(self, attempt_id: int | None, outcome: str, codes: tuple[str, ...]) -> None:
        """Record the outcome of a reply."""
        if attempt_id is not None:
            self.installation.store.conclude_attempt(attempt_id, outcome=outcome, codes=codes)

    def _record(self, attempt: AttemptRecord, seat: Seat, prompt_version: str) -> None:
        self._n_requests += 1
        usage = self.spent.usage
        if seat.client.uses_network:
            used = Usage(1, attempt.tokens_in or 0, attempt.tokens_out or 0, attempt.cost_usd)
            usage = usage.plus(used)
            self.on_usage(used)
        self.spent = Spent(usage, self.spent.latency_s + attempt.latency_s)
        self.last_id = self.installation.store.record_attempt(
            AttemptRow(
                cluster_hash=self.cluster.cluster_hash,
                clustering_id=self.cluster.clustering_id,
                batch_id=self.batch_id,
                purpose=attempt.request.purpose,
                attempt=self._n_requests,
                model=attempt.model,
                prompt_version=prompt_version,
                packet_sha256=packet_sha256(self.cluster.packet),
                outcome=attempt.outcome,
                codes=(),
                prompt="\n\n".join(message.content for message in attempt.request.messages),
                reply=attempt.reply.text if attempt.reply else None,
                tokens_in=attempt.tokens_in,
                tokens_out=attempt.tokens_out,
                cost_usd=attempt.cost_usd,
                latency_s=attempt.latency_s,
                created_at=self.installation.now(),
            )
        )


def _value(parsed: Parsed[T]) -> T:
    """Return the parsed value, or raise with the findings, which are fed back."""
    if parsed.value is None:
        raise InvalidReply([f"{f.ref}: {f.allowed}" for f in parsed.findings])
    return parsed.value
