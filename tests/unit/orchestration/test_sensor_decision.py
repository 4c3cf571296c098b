"""The sensor's decision and the plan of a batch, as pure functions."""

from __future__ import annotations

import dagster as dg
import pytest

from cluster_assets.errors import InputError
from cluster_assets.orchestration.partitions import append_keys
from cluster_assets.orchestration.planning import plan_batch
from cluster_assets.orchestration.sensors import ClusteringEvent, Cursor, decide

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def event(storage_id: int, batch_by: str | None = None) -> ClusteringEvent:
    return ClusteringEvent(storage_id, "0123456789abcdef", "run-1", batch_by)


def test_a_new_event_is_planned_once() -> None:
    to_plan, cursor, _ = decide(Cursor(), {"functional": event(7)}, frozenset())
    assert set(to_plan) == {"functional"}
    again, after, _ = decide(Cursor.read(cursor.text()), {"functional": event(7)}, frozenset())
    assert again == {}
    assert after == cursor


def test_both_types_are_planned_in_one_tick() -> None:
    events = {"functional": event(7), "phenotype": event(8)}
    to_plan, cursor, _ = decide(Cursor({}), events, frozenset())
    assert set(to_plan) == {"functional", "phenotype"}
    assert cursor.seen == {"functional": 7, "phenotype": 8}


def test_while_a_batch_of_the_type_runs_its_next_one_waits_and_is_not_lost() -> None:
    events = {"functional": event(9), "phenotype": event(10)}
    to_plan, cursor, reasons = decide(Cursor({"functional": 7}), events, frozenset({"functional"}))
    assert set(to_plan) == {"phenotype"}
    assert cursor.seen == {"functional": 7, "phenotype": 10}
    assert len(reasons) == 1
    later, _, _ = decide(cursor, events, frozenset())
    assert set(later) == {"functional"}


def test_a_clustering_whose_starter_runs_the_batch_is_left_alone() -> None:
    events = {"functional": event(9, batch_by="CLI")}
    to_plan, cursor, reasons = decide(Cursor({}), events, frozenset({"functional"}))
    assert to_plan == {}
    assert cursor.seen == {"functional": 9}
    assert len(reasons) == 1


@pytest.mark.parametrize("text", [None, "", "null", "not json", "[1]", "7"])
def test_an_unreadable_cursor_starts_from_the_beginning(text: str | None) -> None:
    assert Cursor.read(text).seen is None


def test_a_plan_appends_new_keys_and_moves_known_ones_so_that_they_are_contiguous() -> None:
    plan = plan_batch("functional", "c1", "run-1", due=[A, B, C], n_cached=4)
    assert plan is not None
    assert plan.keys == (A, B, C)
    assert plan.tags["dagster/asset_partition_range_start"] == A
    assert plan.tags["dagster/asset_partition_range_end"] == C
    assert plan.tags["cluster_assets/progress"] == "Generating 0/3 clusters"
    assert plan.tags["cluster_assets/skipped"] == "4"
    assert plan.tags["dagster/max_retries"] == "0"
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("cluster_hash", ["d" * 64, B, "e" * 64])
        append_keys(instance, plan)
        append_keys(instance, plan)
        keys = instance.get_dynamic_partitions("cluster_hash")
    assert list(keys) == ["d" * 64, "e" * 64, A, B, C]


def test_nothing_due_means_no_batch() -> None:
    assert plan_batch("functional", "c", "r", due=[], n_cached=3) is None


def test_a_key_that_is_no_cluster_hash_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        plan_batch("functional", "c", "r", due=["a|b"], n_cached=0)
    assert caught.value.code == "CA-206"


def test_the_same_clustering_event_has_the_same_run_key_and_a_re_click_another() -> None:
    def key(run_id: str) -> str:
        plan = plan_batch("functional", "c", run_id, due=[A], n_cached=0)
        assert plan is not None
        return plan.run_key

    assert key("run-1") == key("run-1") != key("run-2")
