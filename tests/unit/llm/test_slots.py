"""The arithmetic of slots, and the slots of one database file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.engine import Engine

from cluster_assets.errors import StoreError
from cluster_assets.llm.limits import Limit, earliest_slot
from cluster_assets.llm.slots import SlotTable
from cluster_assets.store.tables import metadata, rate_pause, rate_slot
from support.clock import Clock


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{tmp_path / 'limit.db'}", connect_args={"timeout": 0.2})
    metadata.create_all(engine)
    return engine


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


limits = st.builds(
    Limit,
    requests=st.integers(1, 40),
    burst=st.integers(1, 40),
    window_s=st.floats(0.5, 100),
    margin_s=st.floats(0, 5),
).map(
    lambda limit: Limit(
        limit.requests, min(limit.burst, limit.requests), limit.window_s, limit.margin_s
    )
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.floats(0, 30)),
        st.tuples(st.just("give back"), st.floats(0, 1)),
        st.tuples(st.just("pause"), st.floats(0, 20)),
    ),
    max_size=120,
)


@given(limits, steps)
def test_no_window_is_ever_overfull(limit: Limit, script: list[tuple[str, float]]) -> None:
    """Whatever is taken, given back and paused: limit, burst and order hold."""
    slots: list[float] = []
    now, pause_until = 0.0, None
    for what, value in script:
        if what == "give back" and slots:
            slots.pop(int(value * (len(slots) - 1)))
        elif what == "pause":
            pause_until = max(pause_until or 0, now + value)
            ahead = [at for at in slots if at > now]
            shift = max(0.0, pause_until - ahead[0]) if ahead else 0.0
            slots = [at + shift if at > now else at for at in slots]
        elif what == "take":
            now += value
            at = earliest_slot(
                limit,
                now,
                back_requests=slots[-limit.requests] if len(slots) >= limit.requests else None,
                back_burst=slots[-limit.burst] if len(slots) >= limit.burst else None,
                last=slots[-1] if slots else None,
                pause_until=pause_until,
            )
            assert at >= now
            slots.append(at)
    assert slots == sorted(slots)
    for reach, span_s in ((limit.requests, limit.span_s), (limit.burst, limit.burst_span_s)):
        for earlier, later in zip(slots, slots[reach:], strict=False):
            assert later - earlier >= span_s - 1e-6


@pytest.mark.usefixtures("clock")
def test_slots_come_in_bursts_within_the_window(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(requests=6, burst=2, window_s=5.0, margin_s=1.0))
    waits = [table.reserve("o").wait_s for _ in range(8)]
    assert waits == pytest.approx([0, 0, 2, 2, 4, 4, 6, 6])


@pytest.mark.usefixtures("clock")
def test_keys_do_not_share_slots(engine: Engine) -> None:
    limit = Limit(1, 1, 60.0, 1.0)
    assert SlotTable(engine, "a", limit).reserve("o").wait_s == 0
    assert SlotTable(engine, "b", limit).reserve("o").wait_s == 0
    assert SlotTable(engine, "a", limit).reserve("o").wait_s > 59


@pytest.mark.usefixtures("clock")
def test_a_slot_given_back_is_had_by_the_next(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(1, 1, 9.0, 1.0))
    table.reserve("o")
    second = table.reserve("o")
    table.release(second.id)
    assert table.reserve("o").wait_s == pytest.approx(second.wait_s)


@pytest.mark.usefixtures("clock")
def test_a_pause_puts_off_what_is_ahead_and_what_comes(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(2, 1, 2.0, 0.0))
    table.reserve("o")
    second, third = table.reserve("o"), table.reserve("o")
    table.pause(50.0)
    assert table.wait_left(second.id) == pytest.approx(50)
    assert table.wait_left(third.id) == pytest.approx(51)
    assert table.reserve("o").wait_s == pytest.approx(52)


@pytest.mark.usefixtures("clock")
def test_a_shorter_pause_does_not_cut_a_longer_one(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(2, 2, 2.0, 0.0))
    table.pause(50.0)
    table.pause(1.0)
    assert table.state().pause_s == pytest.approx(50)


@pytest.mark.usefixtures("clock")
def test_state(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(2, 2, 10.0, 0.0))
    assert (table.state().used, table.state().waiting, table.state().next_free_s) == (0, 0, 0)
    for _ in range(3):
        table.reserve("o")
    state = table.state()
    assert (state.key, state.used, state.waiting) == ("p", 2, 1)
    assert state.next_free_s == pytest.approx(10)


def test_old_slots_and_other_boots_are_pruned(engine: Engine, clock: Clock) -> None:
    with engine.begin() as connection:
        for key in ("p#boot:older", "p", "other#boot:older"):
            row = {"limit_key": key, "slot_at": 1.0, "owner": "o"}
            connection.execute(insert(rate_slot).values(row))
        connection.execute(insert(rate_pause).values(limit_key="p#boot:older", pause_until=9.0))
    table = SlotTable(engine, "p", Limit(2, 2, 0.001, 0.0))
    for _ in range(50):
        table.reserve("o")
        clock.now += 1
    with engine.connect() as connection:
        keys = connection.scalars(select(rate_slot.c.limit_key).distinct()).all()
        n_slots = connection.scalar(select(func.count()).where(rate_slot.c.limit_key == table.key))
        n_pauses = connection.scalar(select(func.count()).select_from(rate_pause))
    assert set(keys) == {table.key, "p", "other#boot:older"}
    assert n_slots is not None
    assert n_slots < 50
    assert n_pauses == 0


@pytest.mark.usefixtures("clock")
def test_lead_over_the_least_served(engine: Engine) -> None:
    table = SlotTable(engine, "p", Limit(100, 100, 60.0, 0.0))
    assert table.lead("a") == 0
    for owner in ("a", "a", "a", "b"):
        table.reserve(owner)
    assert (table.lead("a"), table.lead("b")) == (2, 0)
    assert table.lead("newcomer") < 0


def test_who_no_longer_asks_does_not_count(engine: Engine, clock: Clock) -> None:
    table = SlotTable(engine, "p", Limit(1000, 1, 60.0, 0.0))
    table.reserve("gone")
    clock.now += 0.1  # longer than a burst
    for _ in range(3):
        table.reserve("a")
    assert table.lead("a") == 0


def test_a_pruned_slot_is_long_past(engine: Engine) -> None:
    assert SlotTable(engine, "p", Limit(1, 1, 1.0, 0.0)).wait_left(12345) == float("-inf")


CALLS: dict[str, Callable[[SlotTable], object]] = {
    "reserve": lambda table: table.reserve("o"),
    "release": lambda table: table.release(1),
    "pause": lambda table: table.pause(1.0),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_locked_database_is_a_clear_error(
    engine: Engine, call: Callable[[SlotTable], object]
) -> None:
    table = SlotTable(engine, "p", Limit(1, 1, 1.0, 0.0))
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            call(table)
        holder.rollback()
    assert caught.value.code == "CA-510"
    assert "locked" in caught.value.message
    call(table)
