"""One request limit for all processes and machines that share a database.

Reserve, do not poll: `acquire` takes the earliest lawful slot and sleeps until it. A process has at
most one slot reserved ahead for a key, so that processes take turns whatever the number of their
clusters, and a killed one wastes one slot. How slots are found and kept is in `slots`.
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
_MAX_KEY = 120  # the column takes 200, and the boot's id comes after the key
_LEAST_LATE_S = 0.05
_COURTESY_S, _MOST_COURTESY_S = 0.02, 0.2


def limit_key(model: str, api_base: str | None) -> str:
    """Name what is limited: the provider of a model, with its address when that is a user's own.

    Providers limit a project or an organisation, so all models of one provider share a key.
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
        requests_per_minute: in any stretch of `window_s`.
        burst: of these at once.
        window_s: the provider's window.
        margin_s: how much longer one request may take to arrive than another.
        owner: who reserves, for records.
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
        # Half of the margin is for a late wake-up, half for the way to the provider
        self._late_s = max(margin_s / 2, _LEAST_LATE_S)
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def acquire(self) -> None:
        """Wait until one request may leave. A cancelled caller gives its slot back.

        Raises:
            StoreError: `CA-510` when the database stays locked or cannot be reached.
        """
        turn = self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with turn:
            # When a burst opens, who asks first would get the most; let the least served go ahead
            lead = await _in_thread(self._slots.lead, self._owner)
            await asyncio.sleep(min(max(lead, 0) * _COURTESY_S, _MOST_COURTESY_S))
            # Who wakes up too late (a busy loop, a stopped process) would leave in the window of
            # others: the slot is lost and the next one is taken
            while await self._late_for_slot() > self._late_s:
                pass

    async def pause(self, seconds: float) -> None:
        """Let no process send anything for a while; slots ahead are put off, in their order."""
        await _in_thread(self._slots.pause, seconds)

    def state(self) -> LimiterState:
        """Return what is used, reserved and paused."""
        return self._slots.state()

    async def _late_for_slot(self) -> float:
        """Reserve a slot, sleep until it, and return by how many seconds the sleep was too long."""
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
        with suppress(StoreError):  # then the slot is wasted, and the cancellation goes on
            slot = await reserving
            await _in_thread(self._slots.release, slot.id)


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short transaction beside the event loop; once more when the connection was lost.

    That is a server that was restarted, or that has ended the session of a process that was
    stopped. What the session had begun is undone.
    """
    try:
        return await asyncio.to_thread(call, *args, **kwargs)
    except StoreError as error:
        if not error.context.get("connection_lost"):
            raise
        return await asyncio.to_thread(call, *args, **kwargs)
