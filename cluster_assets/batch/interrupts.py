"""Ending a batch when its process is told to end, at a point where nothing is torn.

Dagster turns SIGINT and SIGTERM into an exception at whatever instruction the main thread has come
to. Inside an event loop that loses the wake-up of a task, or is only logged as the fault of a
callback, and the loop then waits for ever. So while a batch runs, the signal cancels its task, and
is handed to the handler that was there before when everything is put away.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Signals that have arrived since `held_interrupts` was entered."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._cancel: Callable[[], object] | None = None

    def receive(self, number: int, _frame: object) -> None:
        """Note a signal and cancel what runs; the handler while signals are held."""
        self.received = number
        if self._cancel is not None:
            self._cancel()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine as `asyncio.run` does; a signal, early or late, cancels it.

        Raises:
            CancelledError: a signal has ended it.
        """
        return asyncio.run(self._cancellable(main))

    async def _cancellable(self, main: Coroutine[Any, Any, T]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(main)
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self.received is not None:
            task.cancel()
        try:
            return await task
        finally:
            self._cancel = None


@contextmanager
def held_interrupts() -> Iterator[Interrupts]:
    """Hold SIGINT and SIGTERM back until the block has ended, then let the first handlers act.

    Outside the main thread no signal can arrive and nothing is held.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.signal(number, interrupts.receive) for number in _SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if interrupts.received is not None:
            signal.raise_signal(interrupts.received)
