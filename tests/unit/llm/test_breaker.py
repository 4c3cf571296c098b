"""The breaker: one request first, a pause after failures in a row, one probe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cluster_assets.errors import Abort, ItemFailed, Retryable, Wait
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.replies import EmptyReply
from support.clock import Clock

COOLDOWN_S = 0.05
FAILURE = Retryable("CA-440", "500", outcome="server_error")


async def no_slot() -> None:
    return None


def sender(result: object) -> Callable[[], Awaitable[object]]:
    async def send() -> object:
        await asyncio.sleep(0.005)
        if isinstance(result, Exception):
            raise result
        return result

    return send


async def outcomes(breaker: Breaker, *results: object) -> list[object]:
    """Send one after the other; return results or errors."""
    found: list[object] = []
    for result in results:
        try:
            found.append(await breaker.request(no_slot, sender(result)))
        except (Abort, ItemFailed, Retryable, Wait) as error:
            found.append(error)
    return found


def breaker() -> Breaker:
    return Breaker(threshold=3, cooldown_s=COOLDOWN_S)


def test_nobody_else_sends_before_the_first_answer() -> None:
    async def main() -> list[int]:
        guard, in_flight, seen = breaker(), 0, []

        async def send() -> None:
            nonlocal in_flight
            in_flight += 1
            seen.append(in_flight)
            await asyncio.sleep(0.01)
            in_flight -= 1

        await asyncio.gather(*(guard.request(no_slot, send) for _ in range(10)))
        return seen

    assert asyncio.run(main()) == [1, *range(1, 10)]


def test_an_abort_costs_one_request_for_all() -> None:
    async def counted() -> tuple[int, list[str]]:
        guard, sent = breaker(), []

        async def send() -> None:
            sent.append(1)
            raise Abort("CA-401", "bad key", outcome="bad_key")

        requests = [guard.request(no_slot, send) for _ in range(47)]
        errors = await asyncio.gather(*requests, return_exceptions=True)
        return len(sent), [error.code for error in errors if isinstance(error, Abort)]

    assert asyncio.run(counted()) == (1, ["CA-401"] * 47)


def test_failures_in_a_row_open_it_and_a_good_probe_closes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch)

    async def main() -> None:
        guard = breaker()
        await outcomes(guard, "ok", FAILURE, FAILURE)
        assert guard.state == "closed"
        await outcomes(guard, FAILURE)
        assert guard.state == "open"
        started = clock.now
        assert await outcomes(guard, "ok") == ["ok"]
        assert clock.now - started >= COOLDOWN_S
        assert guard.state == "closed"

    asyncio.run(main())


def test_a_failed_probe_ends_the_batch() -> None:
    async def main() -> None:
        guard = breaker()
        await outcomes(guard, "ok", FAILURE, FAILURE, FAILURE)
        assert await outcomes(guard, FAILURE) == [FAILURE]
        (error,) = await outcomes(guard, "ok")
        assert isinstance(error, Abort)
        assert error.code == "CA-406"

    asyncio.run(main())


@pytest.mark.parametrize(
    "between",
    ["ok", EmptyReply("m"), ItemFailed("CA-460", "no"), Wait("CA-420", "429")],
    ids=["reply", "empty reply", "refusal", "429"],
)
def test_any_answer_breaks_the_row(between: object) -> None:
    async def main() -> None:
        guard = breaker()
        await outcomes(guard, "ok", FAILURE, FAILURE, between, FAILURE, FAILURE)
        assert guard.state == "closed"

    asyncio.run(main())


def test_only_the_probe_leaves_while_it_is_open() -> None:
    async def main() -> int:
        guard = breaker()
        await outcomes(guard, "ok", FAILURE, FAILURE, FAILURE)
        in_flight, most = 0, 0

        async def send() -> None:
            nonlocal in_flight, most
            in_flight += 1
            if guard.state == "open":
                most = max(most, in_flight)
            await asyncio.sleep(0.01)
            in_flight -= 1

        await asyncio.gather(*(guard.request(no_slot, send) for _ in range(8)))
        return most

    assert asyncio.run(main()) == 1


def test_who_waited_for_a_slot_while_it_opened_goes_back_into_the_line() -> None:
    async def main() -> int:
        guard, slots = breaker(), 0
        await outcomes(guard, "ok")
        go = asyncio.Event()

        async def slow_slot() -> None:
            nonlocal slots
            slots += 1
            await go.wait()

        waiting = asyncio.create_task(guard.request(slow_slot, sender("late")))
        await asyncio.sleep(0)
        await outcomes(guard, FAILURE, FAILURE, FAILURE)
        go.set()
        assert await waiting == "late"
        return slots

    assert asyncio.run(main()) == 2


def test_a_cancelled_probe_leaves_its_place_to_another() -> None:
    async def main() -> object:
        guard = breaker()

        async def never() -> None:
            await asyncio.sleep(60)

        probe = asyncio.create_task(guard.request(no_slot, never))
        await asyncio.sleep(0)
        other = asyncio.create_task(guard.request(no_slot, sender("ok")))
        await asyncio.sleep(0)
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        return await asyncio.wait_for(other, 120)

    assert asyncio.run(main()) == "ok"
