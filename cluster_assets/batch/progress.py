"""How far a batch is, and what it has cost so far: values for tags, the CLI and the host app."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from cluster_assets.core.models import ClusterType

OutcomeKind = Literal["succeeded", "failed", "rejected", "skipped"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Clusters by how they ended.

    Attributes:
        succeeded: a text was published (by a model, or by the offline writer where none is set).
        failed: attempts used up by errors.
        rejected: attempts used up by verdicts.
        skipped: cached, or in the hands of another batch.
    """

    succeeded: int = 0
    failed: int = 0
    rejected: int = 0
    skipped: int = 0

    def plus(self, kind: OutcomeKind) -> Totals:
        """Count one more."""
        return replace(self, **{kind: getattr(self, kind) + 1})


@dataclass(frozen=True, slots=True)
class Problem:
    """A cluster that came to no text of a model.

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
    """What was asked of models.

    Attributes:
        requests: HTTP requests; the offline writer makes none.
        tokens_in: and
        tokens_out: as far as providers said.
        cost_usd: None as soon as one request's cost is unknown: a sum that leaves some out
            would read as the whole.
    """

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0

    def plus(self, other: Usage) -> Usage:
        """Add two up."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            requests=self.requests + other.requests,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch at one moment.

    Attributes:
        done: clusters that have ended, of
        total: clusters that were due.
        current: name of the cluster that was taken in hand last.
        totals: `skipped` starts with the clusters that were cached.
        problems: the clusters that failed or were rejected, in the order in which they ended.
        n_unjudged: texts that the judge could not be asked about.
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
        """What a person should know of a batch that its totals do not tell."""
        if not self.n_unjudged:
            return ()
        n_texts = self.done - self.totals.failed - self.totals.rejected
        which = "no text" if self.n_unjudged >= n_texts else f"{self.n_unjudged} of {n_texts} texts"
        verb = "were not" if which.endswith("texts") else "was"
        return (f"{which} {verb} judged: {self.unjudged}",)

    @property
    def label(self) -> str:
        """The line that people see."""
        return f"Generating {self.done}/{self.total} clusters"


class ProgressSink(Protocol):
    """Shows progress somewhere: run tags, a terminal."""

    def show(self, progress: Progress) -> None:
        """Show it; called at most a few times a second, and once at the end."""
        ...


class NoProgress:
    """Shows nothing."""

    def show(self, progress: Progress) -> None:
        """Do nothing."""
