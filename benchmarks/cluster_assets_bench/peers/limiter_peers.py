"""The peers of the limiter benchmark, each with its own means, in an environment of its own.

`python limiter_peers.py NAME API_BASE N` sends N requests as fast as the peer's limiter lets them
through (30 in 6 s) and prints one line of JSON. None of these packages is a dependency of the
project; `cluster_assets_bench.limiter_peers` runs this file.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

MODEL = "gpt-5.4-mini"
REQUESTS, WINDOW_S = 30, 6.0
PER_SECOND = REQUESTS / WINDOW_S
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "schema": {
            "type": "object",
            "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    },
}
Results = tuple[float, int]  # seconds, usable replies


def is_answer(text: str | None) -> bool:
    """Tell whether a reply can be used."""
    try:
        return json.loads(text or "")["answer"] == "yes"
    except (ValueError, KeyError, TypeError):
        return False


async def timed(n: int, one: Callable[[int], Awaitable[str | None]]) -> Results:
    """Send all at once, each as it may; an error is a reply that cannot be used."""
    started = time.monotonic()
    replies = await asyncio.gather(*(one(i) for i in range(n)), return_exceptions=True)
    ok = sum(isinstance(reply, str) and is_answer(reply) for reply in replies)
    return time.monotonic() - started, ok


def litellm_batch_completion(api_base: str, n: int) -> Results:
    """Threads of litellm; the retries of the OpenAI library below."""
    import litellm

    messages = [[{"role": "user", "content": f"request {i}"}] for i in range(n)]
    started = time.monotonic()
    replies = litellm.batch_completion(
        model=f"openai/{MODEL}", messages=messages, api_base=api_base, response_format=SCHEMA
    )
    ok = sum(
        not isinstance(reply, Exception) and is_answer(reply.choices[0].message.content)
        for reply in replies
    )
    return time.monotonic() - started, ok


def litellm_pyrate(api_base: str, n: int) -> Results:
    """Use litellm and tenacity behind pyrate-limiter's SQLite bucket, as its README sets it up."""
    import litellm
    from pyrate_limiter import Limiter, Rate, SQLiteBucket
    from tenacity import retry, stop_after_attempt, wait_random_exponential

    path = os.environ.get("PEER_DATABASE") or f"{tempfile.mkdtemp()}/pyrate.sqlite"
    bucket = SQLiteBucket.init_from_file(
        [Rate(REQUESTS, int(WINDOW_S * 1000))], db_path=path, use_file_lock=True
    )
    limiter = Limiter(bucket)

    @retry(stop=stop_after_attempt(4), wait=wait_random_exponential(max=10))
    async def one(i: int) -> str | None:
        await limiter.try_acquire_async("provider")
        reply = await litellm.acompletion(
            model=f"openai/{MODEL}",
            messages=[{"role": "user", "content": f"request {i}"}],
            api_base=api_base,
            response_format=SCHEMA,
            max_retries=0,
        )
        return reply.choices[0].message.content

    return asyncio.run(timed(n, one))


def instructor_aiolimiter(api_base: str, n: int) -> Results:
    """A leaky bucket in the process; the retries of the OpenAI library below."""
    from typing import Literal

    import instructor
    from aiolimiter import AsyncLimiter
    from openai import AsyncOpenAI
    from pydantic import BaseModel

    class Answer(BaseModel):
        answer: Literal["yes", "no"]

    client = instructor.from_openai(
        AsyncOpenAI(base_url=api_base), mode=instructor.Mode.JSON_SCHEMA
    )
    limiter = AsyncLimiter(1, 1 / PER_SECOND)

    async def one(i: int) -> str | None:
        async with limiter:
            answer = await client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": f"request {i}"}],
                response_model=Answer,
            )
        return answer.model_dump_json()

    return asyncio.run(timed(n, one))


def langchain_openai(api_base: str, n: int) -> Results:
    """A token bucket of one in the process; the retries of the OpenAI library below."""
    from langchain_core.rate_limiters import InMemoryRateLimiter
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model=MODEL,
        base_url=api_base,
        rate_limiter=InMemoryRateLimiter(
            requests_per_second=PER_SECOND, check_every_n_seconds=0.02, max_bucket_size=1
        ),
    ).bind(response_format=SCHEMA)

    async def one(i: int) -> str | None:
        return str((await model.ainvoke(f"request {i}")).content)

    return asyncio.run(timed(n, one))


def curator(api_base: str, n: int) -> Results:
    """Its litellm backend; the native one needs to download a file."""
    os.environ["TELEMETRY_ENABLED"] = "false"
    os.environ["CURATOR_CACHE_DIR"] = tempfile.mkdtemp()
    from bespokelabs import curator as bespoke

    model = bespoke.LLM(
        model_name=f"openai/{MODEL}",
        backend="litellm",
        generation_params={"response_format": SCHEMA},
        backend_params={
            "base_url": api_base,
            "max_requests_per_minute": int(PER_SECOND * 60),
            "max_tokens_per_minute": 10_000_000,
        },
    )
    started = time.monotonic()
    result = model([f"request {i}" for i in range(n)])
    ok = sum(is_answer(row["response"]) for row in getattr(result, "dataset", result))
    return time.monotonic() - started, ok


PEERS: dict[str, Callable[[str, int], Results]] = {
    "bespokelabs-curator": curator,
    "langchain-openai, InMemoryRateLimiter": langchain_openai,
    "instructor, aiolimiter": instructor_aiolimiter,
    "litellm.batch_completion": litellm_batch_completion,
    "litellm, tenacity, pyrate-limiter": litellm_pyrate,
}


def main() -> None:
    """Measure the peer that the command line names."""
    name, api_base, n = sys.argv[1:]
    os.environ["OPENAI_API_KEY"] = "sk-" + "0" * 20
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    wall_s, ok = PEERS[name](api_base, int(n))
    sys.stdout.write(json.dumps({"wall_s": wall_s, "ok": ok}) + "\n")


if __name__ == "__main__":
    main()
