"""Time for tests of waiting: it goes on when somebody sleeps, and by nothing else.

Good for one sleeper at a time, which is what a limiter has in a process.
"""

from __future__ import annotations

import asyncio

import pytest

from cluster_assets.llm.slots import SlotTable

_yield = asyncio.sleep


class Clock:
    """The clock of the rate limiter's database and of `asyncio.sleep`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr(SlotTable, "_now", lambda *_: self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await _yield(0)
