"""Progress and cost of a batch, for run tags, the CLI and host applications."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from cluster_assets.core.models import ClusterType

OutcomeKind = Literal["succeeded", "failed", "rejected", "skipped"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Number of clusters by outcome.

    Attributes:
        succeeded: a text was accepted, from a model or, if none is set, from the offline writer.
        failed: errors used up the attempts.
        rejected: verdicts used up the attempts.
        skipped: cached, or written by another batch.
    """

    succeeded: int = 0
    failed: int = 0
    rejected: int = 0
    skipped: int = 0

    def plus(self, kind: OutcomeKind) -> Totals:
        """Return the totals with one more cluster."""
        return replace(self, **{kind: getattr(self, kind) + 1})


@dataclass(frozen=True, slots=True)
class Problem:
    """A cluster that got no text from a model.

    Attributes:
        kind: `failed` or `rejected`.
        error: why, in one line without secrets.
    """

    kind: OutcomeKind
    cluster_hash: str
    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Model requests and their cost.

    Attributes:
        requests: HTTP requests; the offline writer sends none.
        tokens_in: prompt tokens, as far as providers reported them.
        tokens_out: reply tokens, as far as providers reported them.
        cost_usd: None as soon as the cost of one request is unknown, because an incomplete sum
            would pass for the whole.
    """

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0

    def plus(self, other: Usage) -> Usage:
        """Return the sum of both."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            requests=self.requests + other.requests,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a batch at one time.

    Attributes:
        total: clusters that were due.
        done: clusters that have ended.
        current: name of the cluster that was started last.
        totals: clusters by outcome; `skipped` starts with the cached ones.
        problems: clusters that failed or were rejected, in the order in which they ended.
        n_unjudged: texts for which the judge was unavailable.
        unjudged: why the last of them could not be judged.
    """

    cluster_type: ClusterType
    total: int
    done: int = 0
    current: str = ""
    totals: Totals = field(default_factory=Totals)
    usage: Usage = field(default_factory=Usage)
    problems: tuple[Problem, ...] = ()
    n_unjudged: int = 0
    unjudged: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks that the totals do not show."""
        if not self.n_unjudged:
            return ()
        n_texts = self.done - self.totals.failed - self.totals.rejected
        which = "no text" if self.n_unjudged >= n_texts else f"{self.n_unjudged} of {n_texts} texts"
        verb = "were not" if which.endswith("texts") else "was"
        return (f"{which} {verb} judged: {self.unjudged}",)

    @property
    def label(self) -> str:
        """The progress line that people see."""
        return f"Generating {self.done}/{self.total} clusters"

    @property
    def totals_line(self) -> str:
        """The totals and the cost, as the command line and the run log show them."""
        totals, usage = self.totals, self.usage
        cost = "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"
        return (
            f"{totals.succeeded} succeeded, {totals.failed} failed,"
            f" {totals.rejected} rejected, {totals.skipped} skipped"
            f" ({usage.requests} model requests, {usage.tokens_in} + {usage.tokens_out} tokens,"
            f" {cost})"
        )


class ProgressSink(Protocol):
    """Shows progress somewhere: run tags, a terminal."""

    def show(self, progress: Progress) -> None:
        """Show the progress; called at most a few times per second, and once at the end."""
        ...


class NoProgress:
    """Shows nothing."""

    def show(self, progress: Progress) -> None:
        """Do nothing."""
