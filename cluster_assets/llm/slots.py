"""The slots of a rate limit in the database: short transactions, serialized over all processes.

A slot is a point in time at which one request may be sent. Waiting for a slot is the task of
`limiter`. Times are those of `shared_time`; where that is the time since boot, the id of the boot
is part of the key, because a new boot starts at zero.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import (
    Connection,
    ScalarSelect,
    Select,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from cluster_assets.errors import StoreError
from cluster_assets.llm.limits import Limit, earliest_slot
from cluster_assets.llm.redact import redact
from cluster_assets.store.clock import shared_time
from cluster_assets.store.tables import rate_pause, rate_slot

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOT_MARK = "#boot:"
# The server ends the session of a stopped holder after the first, a waiter gives up after the
# second
_HOLDER_IDLE_MS = 5_000
_WAITER_LOCK_MS = 10_000


@dataclass(frozen=True, slots=True)
class Slot:
    """A reserved slot, `wait_s` seconds after its reservation."""

    id: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class LimiterState:
    """The state of a limit, as `doctor` shows it.

    Attributes:
        key: what is limited.
        used: slots in the window that ends now.
        waiting: slots reserved ahead.
        pause_s: seconds until the end of a pause.
        next_free_s: seconds until the next available slot.
    """

    key: str
    used: int
    waiting: int
    pause_s: float
    next_free_s: float


class SlotTable:
    """The slots of one key. Every method is one transaction of well under a millisecond.

    With SQLite a writer waits for another one up to the busy timeout of the engine.
    """

    def __init__(self, engine: Engine, key: str, limit: Limit) -> None:
        self._engine = engine
        self._on_postgres = engine.dialect.name == "postgresql"
        self._boot_id = None if self._on_postgres else _read_boot_id()
        self._name = key
        self.key = key if self._boot_id is None else f"{key}{_BOOT_MARK}{self._boot_id}"
        self.limit = limit
        digest = hashlib.sha256(self.key.encode()).digest()
        self._swept = False
        self._lock_id = int.from_bytes(digest[:8], "big", signed=True)

    def lead(self, owner: str) -> int:
        """Return how many more slots an owner had than the active owner with the fewest.

        Counted over one window; an owner is active if it had a slot in the last burst. Read
        without a lock, so the result is a hint.
        """
        with self._errors(), self._engine.connect() as connection:
            now = self._now(connection)
            at = rate_slot.c.slot_at
            counts = connection.execute(
                select(rate_slot.c.owner, func.count().label("n_slots"))
                .where(rate_slot.c.limit_key == self.key, at > now - self.limit.span_s)
                .group_by(rate_slot.c.owner)
                .having(func.max(at) > now - self.limit.burst_span_s)
            )
            by_owner = {row.owner: row.n_slots for row in counts}
            return by_owner.get(owner, 0) - min(by_owner.values(), default=0)

    def reserve(self, owner: str) -> Slot:
        """Reserve the earliest slot that the limit allows."""
        with self.alone() as (connection, now):
            self._prune(connection, now)
            at = self._earliest(connection, now)
            row = connection.execute(
                insert(rate_slot).values(limit_key=self.key, slot_at=at, owner=owner)
            )
            key = row.inserted_primary_key
            assert key is not None  # noqa: S101  (one row was inserted)
            return Slot(id=key[0], wait_s=at - now)

    def wait_left(self, slot_id: int) -> float:
        """Return the seconds until a slot, negative after it; a pause may have moved it.

        Minus infinity for a slot that is old enough to have been pruned.
        """
        with self._errors(), self._engine.connect() as connection:
            now = self._now(connection)
            at = connection.scalar(select(rate_slot.c.slot_at).where(rate_slot.c.id == slot_id))
            return float("-inf") if at is None else at - now

    def release(self, slot_id: int) -> None:
        """Give back an unused slot."""
        with self.alone() as (connection, _):
            connection.execute(delete(rate_slot).where(rate_slot.c.id == slot_id))

    def pause(self, seconds: float) -> None:
        """Pause the limit; slots ahead keep their order and distances."""
        with self.alone() as (connection, now):
            until = now + seconds
            present = connection.scalar(self._pause_until())
            if present is None:
                row = {"limit_key": self.key, "pause_until": until}
                connection.execute(insert(rate_pause).values(row))
            elif present < until:
                mine = rate_pause.c.limit_key == self.key
                connection.execute(update(rate_pause).where(mine).values(pause_until=until))
            ahead = (rate_slot.c.limit_key == self.key) & (rate_slot.c.slot_at > now)
            first = connection.scalar(select(func.min(rate_slot.c.slot_at)).where(ahead))
            if first is not None and first < until:
                later = rate_slot.c.slot_at + (until - first)
                connection.execute(update(rate_slot).where(ahead).values(slot_at=later))

    def state(self) -> LimiterState:
        """Return the state, without a lock."""
        with self._errors(), self._engine.connect() as connection:
            now = self._now(connection)
            mine = select(func.count()).where(rate_slot.c.limit_key == self.key)
            start = now - self.limit.window_s
            in_window = rate_slot.c.slot_at.between(start, now)
            pause_until = connection.scalar(self._pause_until()) or now
            return LimiterState(
                key=self._name,
                used=connection.scalar(mine.where(in_window)) or 0,
                waiting=connection.scalar(mine.where(rate_slot.c.slot_at > now)) or 0,
                pause_s=max(0.0, pause_until - now),
                next_free_s=self._earliest(connection, now) - now,
            )

    def _earliest(self, connection: Connection, now: float) -> float:
        back_requests, back_burst, last, pause_until = connection.execute(self._bounds).one()
        return earliest_slot(
            self.limit,
            now,
            back_requests=back_requests,
            back_burst=back_burst,
            last=last,
            pause_until=pause_until,
        )

    @cached_property
    def _bounds(self) -> Select[tuple[float, float, float, float]]:
        """The query for the bounds of the next slot; building it costs more than running it."""
        return select(
            self._nth_latest(self.limit.requests),
            self._nth_latest(self.limit.burst),
            self._nth_latest(1),
            self._pause_until().scalar_subquery(),
        )

    def _nth_latest(self, n: int) -> ScalarSelect[float]:
        return (
            select(rate_slot.c.slot_at)
            .where(rate_slot.c.limit_key == self.key)
            .order_by(rate_slot.c.slot_at.desc())
            .limit(1)
            .offset(n - 1)
            .scalar_subquery()
        )

    def _pause_until(self) -> Select[tuple[float]]:
        return select(rate_pause.c.pause_until).where(rate_pause.c.limit_key == self.key)

    def _prune(self, connection: Connection, now: float) -> None:
        """Delete slots too old to matter and, once per process, those of earlier boots."""
        mine = rate_slot.c.limit_key == self.key
        old = rate_slot.c.slot_at < now - 2 * self.limit.span_s
        connection.execute(delete(rate_slot).where(mine & old))
        if self._boot_id is None or self._swept:
            return
        for table in (rate_slot, rate_pause):
            of_a_boot = table.c.limit_key.startswith(self._name + _BOOT_MARK, autoescape=True)
            connection.execute(delete(table).where(of_a_boot & (table.c.limit_key != self.key)))
        self._swept = True

    @contextmanager
    def alone(self) -> Generator[tuple[Connection, float]]:
        """Open a transaction that excludes all other processes; yield it and the time within it."""
        with self._errors(), self._engine.begin() as connection:
            if self._on_postgres:
                connection.execute(_SET_TIMEOUTS)
                connection.execute(select(func.pg_advisory_xact_lock(self._lock_id)))
            else:
                # The driver would begin at the first change, after the reads
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection, self._now(connection)

    def _now(self, connection: Connection) -> float:
        # Without an id the boots could not be told apart, so only the wall clock will do
        is_ambiguous = self._boot_id is None and not self._on_postgres
        return time.time() if is_ambiguous else shared_time(connection)

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = redact(str(error.orig).strip())
            raise StoreError(
                "CA-510",
                f"the request limit `{self._name}` cannot be read or written: {reason}. If the"
                " database is locked, end the hung or stopped process that holds the lock, and"
                " start again",
                key=self._name,
                connection_lost=error.connection_invalidated,
            ) from None


_SET_TIMEOUTS = select(
    func.set_config("lock_timeout", str(_WAITER_LOCK_MS), literal(True)),
    func.set_config("idle_in_transaction_session_timeout", str(_HOLDER_IDLE_MS), literal(True)),
)


def _read_boot_id() -> str | None:
    """Return the id of this boot, None if the system has none."""
    if not hasattr(time, "CLOCK_BOOTTIME") or not _BOOT_ID.is_file():
        return None
    return _BOOT_ID.read_text().strip()
