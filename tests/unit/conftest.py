"""The rules of this tier: a unit test is quick, opens no connection and starts no process.

An audit hook sees both wherever they come from: our code, a library, a module-wide fixture. What
breaks the rule belongs to `tests/integration`. A socket pair is allowed: each asyncio loop has one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
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


def pytest_itemcollected(item: pytest.Item) -> None:
    """Refuse a test that needs minutes or the shared data."""
    wrong = {"slow", "real_data"} & {mark.name for mark in item.iter_markers()}
    if wrong:
        raise pytest.UsageError(f"{item.nodeid} is a unit test and is marked {sorted(wrong)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Guard everything that belongs to a unit test, fixtures of a wider scope included.

    pytest calls this hook for the tests of other folders too.
    """
    GUARD.is_up = HERE in item.path.parents
    try:
        return (yield)
    finally:
        GUARD.is_up = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Let a server that another tier's tests share in this process stop after the last test."""
    if nextitem is None:
        GUARD.is_up = False
    return (yield)
