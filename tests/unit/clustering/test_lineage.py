from __future__ import annotations

from dataclasses import dataclass

import pytest

from cluster_assets.core.clustering.lineage import trace_lineage
from cluster_assets.core.models import Predecessor


def members(start: int, stop: int) -> frozenset[str]:
    return frozenset(f"HGNC:{i}" for i in range(start, stop))


OLD = {"old_a": members(0, 100), "old_b": members(100, 150), "old_c": members(150, 190)}


@dataclass(frozen=True)
class Case:
    name: str
    now: dict[str, frozenset[str]]
    change: str
    ancestor: str | None
    gained: int = 0
    lost: int = 0


CASES = [
    Case("same", {"x": members(0, 100)}, "unchanged", "old_a"),
    Case("two more", {"x": members(0, 100) | members(500, 502)}, "grown", "old_a", gained=2),
    Case("five fewer", {"x": members(0, 95)}, "shrunk", "old_a", lost=5),
    Case(
        "some come, some go",
        {"x": members(3, 100) | members(500, 502)},
        "changed",
        "old_a",
        gained=2,
        lost=3,
    ),
    Case("half", {"x": members(0, 50), "y": members(50, 100)}, "split", "old_a", lost=50),
    Case("large part", {"x": members(0, 90), "y": members(90, 100)}, "shrunk", "old_a", lost=10),
    Case("small part", {"x": members(90, 100), "y": members(0, 90)}, "split", "old_a", lost=90),
    Case("two in one", {"x": members(100, 190)}, "merged", "old_b", gained=40),
    Case("unknown", {"x": members(900, 950)}, "new", None),
    Case("a stray one", {"x": members(99, 100) | members(900, 950)}, "new", None),
    Case("rest has left the data", {"x": members(0, 50)}, "shrunk", "old_a", lost=50),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_kind_of_change(case: Case) -> None:
    found = trace_lineage(case.now, Predecessor("before", OLD))["x"]
    assert (found.change, found.ancestor) == (case.change, case.ancestor)
    assert (found.n_gained, found.n_lost) == (case.gained, case.lost)
    if case.ancestor:
        old, now = OLD[case.ancestor], case.now["x"]
        assert found.jaccard == pytest.approx(len(old & now) / len(old | now))


def test_without_a_predecessor_all_is_new() -> None:
    found = trace_lineage({"x": members(0, 3)}, None)["x"]
    assert (found.change, found.ancestor, found.jaccard) == ("new", None, 0.0)


def test_ties_go_to_the_smaller_hash() -> None:
    old = {"b": members(0, 10), "a": members(10, 20)}
    found = trace_lineage({"x": members(5, 15)}, Predecessor("before", old))["x"]
    assert found.ancestor == "a"
