"""Ending a batch cleanly on SIGINT and SIGTERM.

Dagster turns both signals into an exception at an arbitrary instruction of the main thread. Inside
an event loop that exception may lose the wake-up of a task, or be logged as the failure of a
callback, and the loop then waits forever. So while a batch runs, a signal cancels its task, and the
previous handler is called after everything is cleaned up.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Signals that have arrived since `held_interrupts` was entered."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._cancel: Callable[[], object] | None = None

    def receive(self, number: int, _frame: object) -> None:
        """Record a signal and cancel the running task; the handler while signals are held."""
        self.received = number
        if self._cancel is not None:
            self._cancel()

    def run(self, main: Coroutine[object, object, T]) -> T:
        """Run a coroutine as `asyncio.run` does; a signal cancels it, even one that came before.

        Raises:
            CancelledError: a signal ended it.
        """
        return asyncio.run(self._cancellable(main))

    async def _cancellable(self, main: Coroutine[object, object, T]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(main)
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self.received is not None:
            task.cancel()
        try:
            return await task
        finally:
            self._cancel = None


@contextmanager
def held_interrupts() -> Generator[Interrupts]:
    """Hold SIGINT and SIGTERM until the end of the block, then pass them to the previous handlers.

    Does nothing outside the main thread, where no signal arrives.
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
