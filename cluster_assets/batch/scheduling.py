"""Running the clusters of one batch concurrently.

One task per cluster, from the first request to the decision, without a barrier between writing and
judging. A gate admits as many clusters as the rate limit can keep busy; one task reports progress.
A task handles the failures of its cluster; only `Abort` and a failing store stop the batch. What a
task does is defined in `writing`.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from cluster_assets.batch.progress import OutcomeKind, Problem, Progress, ProgressSink, Usage
from cluster_assets.errors import Abort, ClusterAssetsError
from cluster_assets.store.records import StoredCluster, StoredSummary

REPORT_INTERVAL_S = 0.5
MIN_WIDTH, MAX_WIDTH = 4, 32
_FIRST_LATENCY_S = 8.0  # of a request, before any has been measured


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one cluster ended.

    Attributes:
        kind: the total that it counts towards.
        cluster: the cluster.
        summary: the summary that is stored for it now, None if there is none.
        n_attempts: content attempts.
        latency_s: mean latency of its requests, None if it made none.
        error: for `failed` and `rejected`: why, in one line without secrets.
        unjudged: why its text could not be judged; None if it was judged or needed no judge.
    """

    kind: OutcomeKind
    cluster: StoredCluster
    summary: StoredSummary | None
    n_attempts: int = 0
    latency_s: float | None = None
    error: str | None = None
    unjudged: str | None = None

    @property
    def problem(self) -> Problem | None:
        """The problem to report if the cluster got no text from a model, otherwise None."""
        if self.error is None:
            return None
        return Problem(self.kind, self.cluster.cluster_hash, self.cluster.name, self.error)


class Gate:
    """Admits as many clusters at once as keep the rate limit busy (Little's law, times 1.5).

    The latencies exclude the wait for a slot, which would widen the gate without effect.
    """

    def __init__(self, requests_per_s: float) -> None:
        self._rate = requests_per_s
        self._latencies: deque[float] = deque([_FIRST_LATENCY_S], maxlen=50)
        self._inside = 0
        self._changed = asyncio.Condition()

    @property
    def width(self) -> int:
        """Number of clusters that may be inside now."""
        ranked = sorted(self._latencies)
        p95_s = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
        return max(MIN_WIDTH, min(MAX_WIDTH, math.ceil(1.5 * self._rate * p95_s)))

    async def enter(self) -> None:
        """Wait for a place."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.width)
            self._inside += 1

    async def leave(self, latency_s: float | None) -> None:
        """Free the place and record the latency of a request."""
        async with self._changed:
            self._inside -= 1
            if latency_s is not None:
                self._latencies.append(latency_s)
            self._changed.notify_all()


class BatchRun:
    """One run over the clusters of a batch; `progress` is always current."""

    def __init__(
        self,
        clusters: Sequence[StoredCluster],
        write: Callable[[StoredCluster], Awaitable[Outcome]],
        *,
        progress: Progress,
        sink: ProgressSink,
        on_outcome: Callable[[Outcome], None],
        heartbeat: Callable[[], None],
        requests_per_s: float,
    ) -> None:
        self._clusters = clusters
        self._write = write
        self.progress = progress
        self._sink = sink
        self._on_outcome = on_outcome
        self._heartbeat = heartbeat
        self._requests_per_s = requests_per_s

    async def run(self) -> Progress:
        """Run all clusters.

        Raises:
            Abort: no request can succeed; finished clusters are kept.
        """
        self._sink.show(self.progress)
        try:
            async with asyncio.TaskGroup() as group:
                reporter = group.create_task(self._report())
                gate = Gate(self._requests_per_s)
                tasks: list[asyncio.Task[None]] = []
                for cluster in self._clusters:
                    await gate.enter()
                    tasks.append(group.create_task(self._one(cluster, gate)))
                await asyncio.gather(*tasks)
                reporter.cancel()
        except BaseExceptionGroup as errors:
            raise first_error(errors) from None
        finally:
            self._sink.show(self.progress)
        return self.progress

    def count(self, usage: Usage) -> None:
        """Count a request as soon as it has ended."""
        self.progress = replace(self.progress, usage=self.progress.usage.plus(usage))

    async def _one(self, cluster: StoredCluster, gate: Gate) -> None:
        self.progress = replace(self.progress, current=cluster.name)
        latency_s = None
        try:
            outcome = await self._write(cluster)
            latency_s = outcome.latency_s
            self._finish(outcome)
        finally:
            await gate.leave(latency_s)

    def _finish(self, outcome: Outcome) -> None:
        self.progress = replace(
            self.progress,
            done=self.progress.done + 1,
            totals=self.progress.totals.plus(outcome.kind),
            problems=self.progress.problems + ((outcome.problem,) if outcome.problem else ()),
            n_unjudged=self.progress.n_unjudged + (outcome.unjudged is not None),
            unjudged=outcome.unjudged or self.progress.unjudged,
        )
        self._on_outcome(outcome)

    async def _report(self) -> None:
        shown = self.progress
        while True:
            await asyncio.sleep(REPORT_INTERVAL_S)
            self._heartbeat()
            if self.progress != shown:
                shown = self.progress
                self._sink.show(shown)


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the most telling error: an abort, else one of ours, else the first of any kind."""
    for kind in (Abort, ClusterAssetsError, BaseException):
        matching, _ = errors.split(kind)
        if matching is not None:
            return next(_leaves(matching))
    return errors


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for part in group.exceptions:
        if isinstance(part, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", part))
        else:
            yield part
