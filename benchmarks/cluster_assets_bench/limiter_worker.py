"""One process of the limiter benchmark: sends requests through the product's own path.

Reads its task as one line of JSON, says `ready` when all is imported, starts at the next line, and
answers with one line of JSON. `hold` stays inside a reservation's transaction until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from typing import Literal

from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.clients import close_clients, make_client
from cluster_assets.llm.limiter import RateLimiter
from cluster_assets.llm.limits import Limit
from cluster_assets.llm.model import Message, ModelRequest
from cluster_assets.llm.retry import RetryBudget, RetryPolicy, ask
from cluster_assets.llm.slots import SlotTable
from cluster_assets.store.connecting import open_engine

MODEL = "openai/gpt-5.4-mini"
LIMIT_KEY = "bench"
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Task:
    """What a process does.

    Attributes:
        mode: send requests, or hold the limiter's lock.
        database_url: where the slots are.
        api_base: the server.
        n: requests to send, all asked for at once.
        requests: limit in a window,
        burst: of these at once,
        window_s: length of the window, and
        margin_s: what the limiter adds to it.
    """

    mode: Literal["send", "hold"]
    database_url: str
    api_base: str
    n: int
    requests: int
    burst: int
    window_s: float
    margin_s: float


async def send(task: Task) -> None:
    """Send the requests and say when each was done, on the clock that all processes share.

    The first request of a batch goes alone until it is answered; that one is sent before the start.
    """
    client = make_client(MODEL, task.api_base, 60.0)
    limiter = RateLimiter(
        open_engine(task.database_url),
        LIMIT_KEY,
        task.requests,
        task.burst,
        window_s=task.window_s,
        margin_s=task.margin_s,
    )
    breaker = Breaker()

    async def one(i: int) -> float:
        await ask(
            client,
            ModelRequest("write", "", (Message("user", f"request {i}"),), SCHEMA, "answer"),
            limiter=limiter,
            policy=RetryPolicy(),
            budget=RetryBudget(0),
            breaker=breaker,
            parse=json.loads,
            on_attempt=lambda _: None,
        )
        return time.monotonic()

    await one(0)
    _say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    done = await asyncio.gather(*(one(i) for i in range(1, task.n + 1)))
    await close_clients()
    _say(json.dumps(done))


def hold(task: Task) -> None:
    """Take the lock of the limit, say so, and keep it."""
    limit = Limit(task.requests, task.burst, task.window_s, task.margin_s)
    with SlotTable(open_engine(task.database_url), LIMIT_KEY, limit).alone():
        _say("ready")
        sys.stdin.readline()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do what the first line says."""
    task = Task(**json.loads(sys.stdin.readline()))
    if task.mode == "hold":
        hold(task)
    else:
        asyncio.run(send(task))


if __name__ == "__main__":
    main()
