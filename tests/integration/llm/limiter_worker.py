"""One process at a shared limit, for the tests: `limiter_worker.py MODE URL [OPTION=VALUE ...]`.

`take` takes slots and says when it got each (one clock for all processes); `hold` says `holding`
while it is inside the transaction of a reservation, and stays there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.slots import SlotTable
from cluster_assets.store.connecting import open_engine


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def take(limiter: RateLimiter, n: int, *, latency_s: float) -> list[float]:
    async def one(times: list[float]) -> None:
        await limiter.acquire()
        times.append(time.monotonic())
        await asyncio.sleep(latency_s)

    async def main() -> list[float]:
        times: list[float] = []
        await asyncio.gather(*(one(times) for _ in range(n)))
        return times

    return asyncio.run(main())


def stay_inside(seconds: float) -> None:
    """Make every reservation of this process stay inside its transaction."""
    prune = SlotTable._prune

    def slow_prune(self: SlotTable, *args: object) -> None:
        prune(self, *args)
        say("holding")
        time.sleep(seconds)

    SlotTable._prune = slow_prune


def main() -> None:
    mode, url, *pairs = sys.argv[1:]
    given = dict(pair.split("=", 1) for pair in pairs)
    engine = open_engine(url)
    limiter = RateLimiter(
        engine,
        "p",
        int(given.get("requests", 1000)),
        int(given.get("burst", 1000)),
        window_s=float(given.get("window_s", 60)),
        margin_s=float(given.get("margin_s", 1)),
    )
    if mode == "hold":
        stay_inside(float(given["seconds"]))
    say("ready")
    sys.stdin.readline()
    times = take(limiter, int(given.get("n", 1)), latency_s=float(given.get("latency_s", 0)))
    say(json.dumps(times))


if __name__ == "__main__":
    main()
