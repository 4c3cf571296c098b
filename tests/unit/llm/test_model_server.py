"""The tests' own model server, without its network: window, faults, replies."""

from __future__ import annotations

import json
from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets_bench.testing.faults import FAULTS, TRANSIENT, FaultPlan, as_fault
from cluster_assets_bench.testing.replies import fill, find_schema, spoil, understand
from cluster_assets_bench.testing.window import Counters, RequestWindow, most_in_window
from cluster_assets_bench.testing.wire import AnthropicWire, GeminiWire, OllamaWire, OpenAiWire

arrivals = st.lists(st.floats(0, 20), max_size=60).map(sorted)


@given(arrivals, st.integers(1, 8))
def test_the_window_admits_exactly_its_limit(times: list[float], limit: int) -> None:
    window = RequestWindow(limit, 5.0)
    admitted = [at for at in times if window.admit(at) is None]
    assert most_in_window(admitted, 5.0) <= limit
    for at in set(times) - set(admitted):
        inside = [other for other in admitted if at - 5.0 < other <= at]
        assert len(inside) == limit


@given(arrivals, st.integers(1, 8))
def test_who_comes_when_told_is_admitted(times: list[float], limit: int) -> None:
    window = RequestWindow(limit, 5.0)
    for at in times:
        wait_s = window.admit(at)
        if wait_s is not None:
            assert 0 < wait_s <= 5.0 + 1e-9
            assert window.admit(at + wait_s + 1e-6) is None
            return


@given(arrivals)
def test_most_in_window_by_brute_force(times: list[float]) -> None:
    most = max((sum(at - 5.0 < other <= at for other in times) for at in times), default=0)
    assert most_in_window(times, 5.0) == most


def test_counters() -> None:
    counters = Counters(10.0)
    for at, purpose in ((100.0, "write"), (101.0, "judge"), (120.0, "write")):
        counters.arrived(at, purpose, "c1")
    counters.in_flight -= 1
    stats = counters.stats()
    assert (stats.n_requests, stats.max_in_flight, stats.max_in_window) == (3, 3, 2)
    assert stats.by_purpose == {"write": 2, "judge": 1}
    assert stats.by_cluster == {"c1 write": 2, "c1 judge": 1}
    assert stats.arrivals_s == [0.0, 1.0, 20.0]


def test_faults_by_script_come_first() -> None:
    plan = FaultPlan(script=deque(["quota", None]))
    assert [plan.next("t", "[[mock:empty]]") for _ in range(3)] == ["quota", None, "empty"]


def test_faults_by_marker_count_by_task() -> None:
    plan = FaultPlan()
    assert [plan.next("t", "x [[mock:reset*2]]") for _ in range(3)] == ["reset", "reset", None]
    assert plan.next("u", "x [[mock:reset*2]]") == "reset"


def test_faults_by_rate_do_not_depend_on_the_order() -> None:
    tasks = [f"task {i}" for i in range(500)]
    one, two = (FaultPlan(rate=0.2, seed=7) for _ in range(2))
    found = {task: one.next(task, "") for task in tasks}
    assert found == {task: two.next(task, "") for task in reversed(tasks)}
    counts = Counter(found.values())
    assert 0.15 < 1 - counts[None] / 500 < 0.25
    assert set(TRANSIENT) <= set(counts)


def test_an_unknown_fault() -> None:
    with pytest.raises(ValueError, match="`nonsense`"):
        as_fault("nonsense")


SCHEMA = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "enum": ["yes", "no"]},
        "parts": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.mark.parametrize(
    "body",
    [
        {"response_format": {"json_schema": {"name": "x", "schema": SCHEMA}}},
        {"generationConfig": {"responseJsonSchema": SCHEMA}},
        {"format": SCHEMA},
        {"tools": [{"name": "json", "input_schema": SCHEMA}]},
    ],
)
def test_other_prompts_get_what_their_schema_wants(body: dict[str, object]) -> None:
    assert find_schema(body) == SCHEMA
    task = understand("hello", body)
    assert task.purpose == "other"
    assert json.loads(task.text) == {"answer": "yes", "parts": []} == fill(SCHEMA)


@pytest.mark.parametrize("fault", ["malformed", "truncated", "empty", "fenced", "refusal"])
def test_spoilt_replies_are_no_json(fault: str) -> None:
    text, _ = spoil('{"answer": "yes"}', as_fault(fault))
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_wrong_enum_is_json() -> None:
    text, finish = spoil('{"answer": "yes", "parts": [{"support": "s"}]}', "wrong_enum")
    assert json.loads(text) == {"answer": "no-such-value", "parts": [{"support": "no-such-value"}]}
    assert finish == "stop"


HTTP_ERRORS = set(FAULTS) - {
    "hang", "trickle", "reset", "half_body", "echo_key",
    "refusal", "truncated", "empty", "malformed", "fenced", "wrong_enum",
}  # fmt: skip


@pytest.mark.parametrize("wire", [OpenAiWire(), AnthropicWire(), GeminiWire(), OllamaWire()])
@pytest.mark.parametrize("fault", sorted(HTTP_ERRORS))
def test_each_format_has_each_error(wire: OpenAiWire, fault: str) -> None:
    answer = wire.error(as_fault(fault), 2.0)
    assert answer.status >= 400
    assert answer.body
    assert (answer.status == 429) <= (fault in {"rate_limited", "quota"})
