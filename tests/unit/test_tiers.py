"""The guard of this tier refuses what belongs to another, and nothing else."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest

PROGRAM = [sys.executable, "-c", ""]


def connect() -> None:
    with socket.socket() as opened:
        opened.connect(("127.0.0.1", 9))


def listen() -> None:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))


def look_up() -> None:
    socket.getaddrinfo("localhost", 80)


def start() -> None:
    subprocess.run(PROGRAM, check=True)


def start_in_a_loop() -> None:
    async def run() -> None:
        await asyncio.create_subprocess_exec(*PROGRAM)

    asyncio.run(run())


def spawn() -> None:
    os.posix_spawn(sys.executable, PROGRAM, os.environ)


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)  # reached only where the guard fails


def shell() -> None:
    os.system("true")


BREACHES = [connect, listen, look_up, start, start_in_a_loop, spawn, fork, shell]


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.__name__)
def test_a_unit_test_neither_connects_nor_starts_a_process(breach: Callable[[], None]) -> None:
    with pytest.raises(pytest.fail.Exception, match="tests/integration"):
        breach()


def test_code_that_swallows_errors_does_not_hide_a_breach() -> None:
    def careless() -> None:
        with suppress(Exception):
            connect()

    with pytest.raises(pytest.fail.Exception):
        careless()


@pytest.fixture(scope="module")
def breach_of_a_wider_fixture() -> str:
    with pytest.raises(pytest.fail.Exception) as caught:
        start()
    return str(caught.value)


def test_fixtures_of_a_wider_scope_are_guarded_too(breach_of_a_wider_fixture: str) -> None:
    assert "subprocess.Popen" in breach_of_a_wider_fixture


def test_an_event_loop_with_its_pair_of_sockets_is_allowed() -> None:
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"


@pytest.mark.parametrize("marker", ["slow", "real_data"])
def test_a_unit_test_that_needs_minutes_or_real_data_is_refused(
    request: pytest.FixtureRequest, marker: str
) -> None:
    def check() -> None: ...

    item = pytest.Function.from_parent(request.node.parent, name="check", callobj=check)
    item.ihook.pytest_itemcollected(item=item)
    item.add_marker(marker)
    with pytest.raises(pytest.UsageError, match=marker):
        item.ihook.pytest_itemcollected(item=item)
