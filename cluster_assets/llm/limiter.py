"""One request limit for all processes and machines that share a database.

Slots are reserved, not polled for: `acquire` takes the earliest slot and sleeps until it. A process
reserves at most one slot ahead per key, so processes take turns regardless of how many clusters
each has, and a killed process wastes one slot. `slots` finds and stores the slots.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine

from cluster_assets.addresses import shown_api_address
from cluster_assets.errors import StoreError
from cluster_assets.llm.limits import Limit
from cluster_assets.llm.redact import mask
from cluster_assets.llm.slots import LimiterState, Slot, SlotTable

P = ParamSpec("P")
T = TypeVar("T")
WINDOW_S = 60.0
MARGIN_S = 1.0
_MAX_KEY = 120  # the column holds 200, and the id of the boot follows the key
_LEAST_LATE_S = 0.05
_COURTESY_S, _MOST_COURTESY_S = 0.02, 0.2


def limit_key(model: str, api_base: str | None) -> str:
    """Return the name of a limit: the provider of a model, plus its address if that is set.

    Providers limit a project or an organisation, so all models of a provider share a key.
    """
    provider = model.split("/", 1)[0] if "/" in model else "openai"
    if api_base is None:
        return provider
    address = shown_api_address(api_base if "//" in api_base else f"http://{api_base}")
    key = mask(f"{provider}@{address.partition('://')[2] or address}")
    if len(key) <= _MAX_KEY:
        return key
    return f"{key[: _MAX_KEY - 17]}~{hashlib.sha256(key.encode()).hexdigest()[:16]}"


class RateLimiter:
    """Hands out the slots of one key to this process, first come, first served.

    Args:
        engine: the database that all processes share, with the tables of `store.tables`.
        key: see `limit_key`.
        requests_per_minute: requests per window.
        burst: requests that may be sent at once.
        window_s: length of the provider's sliding window.
        margin_s: allowance for differences in transit time.
        owner: who reserves the slots, for fairness and for records.
    """

    def __init__(
        self,
        engine: Engine,
        key: str,
        requests_per_minute: int,
        burst: int,
        *,
        window_s: float = WINDOW_S,
        margin_s: float = MARGIN_S,
        owner: str | None = None,
    ) -> None:
        limit = Limit(requests_per_minute, min(burst, requests_per_minute), window_s, margin_s)
        self.limit = limit
        self._slots = SlotTable(engine, key, limit)
        self._owner = (owner or f"{socket.gethostname()[:48]}:{os.getpid()}")[:64]
        # Half of the margin covers a late wake-up, half the transit to the provider
        self._late_s = max(margin_s / 2, _LEAST_LATE_S)
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def acquire(self) -> None:
        """Wait until one request may be sent. A cancelled caller gives its slot back.

        Raises:
            StoreError: `CA-510` when the database stays locked or cannot be reached.
        """
        turn = self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with turn:
            # At the start of a burst the first to ask would get most slots: let others go first
            lead = await _in_thread(self._slots.lead, self._owner)
            await asyncio.sleep(min(max(lead, 0) * _COURTESY_S, _MOST_COURTESY_S))
            # A request sent long after its slot (busy loop, stopped process) would fall into a
            # window that is full: forfeit the slot and reserve the next one
            while await self._late_for_slot() > self._late_s:
                pass

    async def pause(self, seconds: float) -> None:
        """Pause all processes; slots ahead are postponed, in their order."""
        await _in_thread(self._slots.pause, seconds)

    def state(self) -> LimiterState:
        """Return the state of the limit."""
        return self._slots.state()

    async def _late_for_slot(self) -> float:
        """Reserve a slot, sleep until it, and return by how many seconds it was overslept."""
        reserving = asyncio.ensure_future(_in_thread(self._slots.reserve, self._owner))
        try:
            slot = await asyncio.shield(reserving)
            wait_s = slot.wait_s
            while wait_s > 0:
                await asyncio.sleep(wait_s)
                wait_s = await _in_thread(self._slots.wait_left, slot.id)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(reserving))
            raise
        return -wait_s

    async def _give_back(self, reserving: asyncio.Future[Slot]) -> None:
        with suppress(StoreError):  # the slot is wasted; the cancellation must go on
            slot = await reserving
            await _in_thread(self._slots.release, slot.id)


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short transaction in a thread; repeat it once if the connection was lost.

    The server was restarted, or ended the session of a stopped process. Either rolls back what the
    session had begun.
    """
    try:
        return await asyncio.to_thread(call, *args, **kwargs)
    except StoreError as error:
        if not error.context.get("connection_lost"):
            raise
        return await asyncio.to_thread(call, *args, **kwargs)
