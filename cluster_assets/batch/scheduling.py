"""Running the clusters of one batch side by side.

One task a cluster from first request to decision, no barrier between writing and judging, a gate
that admits as many as the rate limit can keep busy, one reporter. A task catches its own failures;
only `Abort` stops the batch. What one task does is `writing`'s business.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

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
        kind: what it counts as.
        cluster: the cluster.
        summary: what is stored for it now; None when another batch has it in hand.
        n_attempts: content attempts.
        latency_s: mean of its requests; None when it made none.
        error: for `failed` and `rejected`, in one line without secrets.
        unjudged: why its text could not be judged, None when it was or need not be.
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
        """What to tell people of a cluster that came to no text of a model; None for others."""
        if self.error is None:
            return None
        return Problem(self.kind, self.cluster.cluster_hash, self.cluster.name, self.error)


class Gate:
    """Admits clusters, as many at once as keep the rate limit busy (Little's law, times 1.5).

    Latencies are those of requests: the time in the limiter's line would let it grow for nothing.
    """

    def __init__(self, requests_per_s: float) -> None:
        self._rate = requests_per_s
        self._latencies: deque[float] = deque([_FIRST_LATENCY_S], maxlen=50)
        self._inside = 0
        self._changed = asyncio.Condition()

    @property
    def width(self) -> int:
        """How many may be inside now."""
        ranked = sorted(self._latencies)
        p95_s = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
        return max(MIN_WIDTH, min(MAX_WIDTH, math.ceil(1.5 * self._rate * p95_s)))

    async def enter(self) -> None:
        """Wait for a place."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.width)
            self._inside += 1

    async def leave(self, latency_s: float | None) -> None:
        """Free the place and note how long a request took."""
        async with self._changed:
            self._inside -= 1
            if latency_s is not None:
                self._latencies.append(latency_s)
            self._changed.notify_all()


class BatchRun:
    """One run of the engine; `progress` is true at every moment."""

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
            Abort: no request can succeed; clusters that were done before are kept.
        """
        self._sink.show(self.progress)
        try:
            async with asyncio.TaskGroup() as group:
                reporter = group.create_task(self._report())
                gate = Gate(self._requests_per_s)
                tasks = []
                for cluster in self._clusters:
                    await gate.enter()
                    tasks.append(group.create_task(self._one(cluster, gate)))
                await asyncio.gather(*tasks)
                reporter.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        finally:
            self._sink.show(self.progress)
        return self.progress

    def count(self, usage: Usage) -> None:
        """Count a request, the moment it has ended."""
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


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that says most: an abort, one of ours, else the first."""
    flat: list[BaseException] = []
    stack: list[BaseException] = [errors]
    while stack:
        error = stack.pop()
        if isinstance(error, BaseExceptionGroup):
            stack.extend(error.exceptions)
        else:
            flat.append(error)
    for kind in (Abort, ClusterAssetsError):
        for error in flat:
            if isinstance(error, kind):
                return error
    return flat[-1]
