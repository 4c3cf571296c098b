"""Scheduling by itself: concurrent clusters, one reporter, isolated failures."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cluster_assets.batch.progress import Progress, Totals, Usage
from cluster_assets.batch.scheduling import (
    MAX_WIDTH,
    MIN_WIDTH,
    BatchRun,
    Gate,
    Outcome,
    first_error,
)
from cluster_assets.core.models import Lineage
from cluster_assets.errors import Abort, InputError
from cluster_assets.store.records import StoredCluster
from support.packets import functional_packet


def cluster(number: int) -> StoredCluster:
    return StoredCluster(
        clustering_id="c",
        cluster_hash=f"{number:064x}",
        position=number,
        name=f"Cluster {number}",
        packet=functional_packet(),
        stats={},
        lineage=Lineage(change="new"),
    )


class Sink:
    def __init__(self) -> None:
        self.shown: list[Progress] = []

    def show(self, progress: Progress) -> None:
        self.shown.append(progress)


def batch(n: int, write, **options) -> tuple[BatchRun, Sink, list[Outcome]]:
    sink, outcomes = Sink(), []
    made = BatchRun(
        [cluster(number) for number in range(n)],
        write,
        progress=Progress("functional", total=n, totals=Totals(skipped=2)),
        sink=sink,
        on_outcome=outcomes.append,
        heartbeat=options.get("heartbeat", lambda: None),
        requests_per_s=options.get("requests_per_s", 0.5),
    )
    return made, sink, outcomes


def test_every_cluster_ends_once_and_is_counted() -> None:
    async def write(item: StoredCluster) -> Outcome:
        await asyncio.sleep(0)
        kind = ("succeeded", "failed", "rejected")[item.position % 3]
        made.count(Usage(2, 10, 5, 0.1))
        return Outcome(kind, item, None)

    made, sink, outcomes = batch(10, write)
    final = asyncio.run(made.run())
    assert sorted(o.cluster.position for o in outcomes) == list(range(10))
    assert final.totals == Totals(succeeded=4, failed=3, rejected=3, skipped=2)
    assert (final.usage.requests, final.usage.tokens_in) == (20, 100)
    assert final.label == "Generating 10/10 clusters"
    assert sink.shown[0].done == 0
    assert sink.shown[-1] == final


def test_no_more_run_at_once_than_the_gate_admits() -> None:
    running, most = 0, 0

    async def write(item: StoredCluster) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return Outcome("succeeded", item, None)

    made, _, _ = batch(60, write, requests_per_s=0.01)
    asyncio.run(made.run())
    assert most == MIN_WIDTH


def test_an_abort_ends_the_batch_and_keeps_what_was_done() -> None:
    cancelled = []

    async def write(item: StoredCluster) -> Outcome:
        if item.position == 0:
            return Outcome("succeeded", item, None)
        if item.position == 1:
            await asyncio.sleep(0.01)
            raise Abort("CA-401", "the key is refused")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item.position)
            raise
        return Outcome("succeeded", item, None)

    made, sink, outcomes = batch(8, write)
    with pytest.raises(Abort) as caught:
        asyncio.run(made.run())
    assert caught.value.code == "CA-401"
    assert [o.cluster.position for o in outcomes] == [0]
    assert cancelled
    assert sink.shown[-1].done == 1


def test_the_reporter_prolongs_claims_while_clusters_take_their_time() -> None:
    beats = []

    async def write(item: StoredCluster) -> Outcome:
        while not beats:
            await asyncio.sleep(0.01)
        return Outcome("succeeded", item, None)

    made, _, _ = batch(1, write, heartbeat=lambda: beats.append(1))
    asyncio.run(made.run())
    assert beats


def test_the_gate_is_as_wide_as_rate_times_latency_within_its_bounds() -> None:
    async def widths() -> list[int]:
        gate = Gate(requests_per_s=0.5)
        found = [gate.width]
        for latency_s in (10.0, 30.0, 400.0):
            for _ in range(50):
                await gate.enter()
                await gate.leave(latency_s)
            found.append(gate.width)
        return found

    first, ten, thirty, slow = asyncio.run(widths())
    assert first == 6  # 1.5 x 0.5/s x 8 s
    assert ten == 8
    assert thirty == 23
    assert slow == MAX_WIDTH


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([ValueError("bug"), InputError("CA-201", "bad"), Abort("CA-401", "key")], Abort),
        ([ValueError("bug"), InputError("CA-201", "bad")], InputError),
        ([ExceptionGroup("inner", [ValueError("bug"), Abort("CA-401", "key")])], Abort),
        ([KeyError("first"), ValueError("second")], KeyError),
    ],
    ids=["abort first", "then ours", "nested", "else the first"],
)
def test_of_several_errors_the_most_telling_is_raised(
    errors: list[Exception], told: type[Exception]
) -> None:
    assert type(first_error(ExceptionGroup("batch", errors))) is told


def test_the_totals_line_names_an_unknown_cost() -> None:
    progress = Progress(
        "functional", total=2, totals=Totals(1, 0, 0, 3), usage=Usage(4, 20, 5, 0.5)
    )
    assert progress.totals_line == (
        "1 succeeded, 0 failed, 0 rejected, 3 skipped (4 model requests, 20 + 5 tokens, $0.5000)"
    )
    unknown = replace(progress, usage=Usage(4, 20, 5, None))
    assert unknown.totals_line.endswith("cost unknown)")


def test_usage_with_one_unknown_cost_is_unknown() -> None:
    assert Usage(1, 1, 1, 0.5).plus(Usage(1, 1, 1, 0.25)).cost_usd == 0.75
    assert Usage(1, 1, 1, 0.5).plus(Usage(1, 1, 1, None)).cost_usd is None
    assert Usage().cost_usd == 0.0
