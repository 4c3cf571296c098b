"""The rule of this tier: a unit test opens no connection and starts no process.

An audit hook sees both wherever they come from: our code, a library, a module-wide fixture. What
breaks the rule belongs to `tests/integration`. A socket pair is allowed: each asyncio loop has one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

REFUSED = frozenset({
    "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto",
    "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.system",
})  # fmt: skip


class Guard:
    """Refuses events while a unit test is set up, runs and is torn down."""

    def __init__(self) -> None:
        self.is_up = False

    def __call__(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.is_up and event in REFUSED:
            # Derived from `BaseException`: no `except Exception` on the way swallows it
            pytest.fail(f"a unit test must not do `{event}`: move it to tests/integration")


GUARD = Guard()
sys.addaudithook(GUARD)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Guard everything that belongs to a test, fixtures of a wider scope included."""
    GUARD.is_up = True
    try:
        return (yield)
    finally:
        GUARD.is_up = False
