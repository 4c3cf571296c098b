"""A model server on the loopback for tests and benchmarks: four wire formats, no model.

In a thread, `with LlmServer(Behaviour(limit=30)) as server:`; as a process, which the command line
and Dagster's subprocesses can reach,
`python -m cluster_assets_bench.testing.llm_server --port 8765`. There the behaviour is set by
`POST /admin/configure`, the counts are read from `GET /admin/stats`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import TypeAdapter, ValidationError, with_config

from cluster_assets_bench.testing.answers import Answer, answer_for
from cluster_assets_bench.testing.faults import TRANSIENT, Fault, FaultPlan, as_fault
from cluster_assets_bench.testing.replies import Task, spoil, understand
from cluster_assets_bench.testing.window import Counters, RequestWindow, ServerStats
from cluster_assets_bench.testing.wire import (
    AnthropicWire,
    ErrorAnswer,
    GeminiWire,
    Json,
    OllamaWire,
    OpenAiWire,
    WireFormat,
)

Provider = Literal["openai", "anthropic", "gemini", "ollama_chat"]
PATHS: dict[Provider, str] = {
    "openai": "/v1",
    "anthropic": "",
    "gemini": "/v1beta",
    "ollama_chat": "",
}
_SHOWN_IN_REPLY = {"refusal", "truncated", "empty", "malformed", "fenced", "wrong_enum"}
_HANG_S = 3600.0
_TRICKLE_S = 0.2


@with_config(extra="forbid")
@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server behaves.

    Attributes:
        limit: requests that it admits in any stretch of `window_s` seconds; None for no limit.
        window_s: length of that stretch.
        latency_s: median time to a reply.
        latency_sigma: spread of the time, as the sigma of a log-normal distribution.
        required_key: the only key that is let in; None for any.
        retry_after_s: what a planned `rate_limited` asks to wait.
        script: faults of the next requests, `None` for a good answer.
        fault_rate: share of the other requests that fail.
        fault_modes: in which ways.
        seed: of faults and latency.
        answers: what requests of certain kinds get; first match wins, and comes before any fault.
    """

    limit: int | None = None
    window_s: float = 60.0
    latency_s: float = 0.0
    latency_sigma: float = 0.0
    required_key: str | None = None
    retry_after_s: float = 2.0
    script: tuple[str | None, ...] = ()
    fault_rate: float = 0.0
    fault_modes: tuple[str, ...] = TRANSIENT
    seed: int = 0
    answers: tuple[Answer, ...] = ()


class _State:
    """One behaviour and the counts since it was set."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.window = RequestWindow(behaviour.limit, behaviour.window_s)
        self.counters = Counters(behaviour.window_s)
        self.random = random.Random(behaviour.seed)
        self.faults = FaultPlan(
            script=deque(None if name is None else as_fault(name) for name in behaviour.script),
            rate=behaviour.fault_rate,
            modes=[as_fault(name) for name in behaviour.fault_modes],
            seed=behaviour.seed,
        )
        self.bodies: deque[Json] = deque(maxlen=100)
        self._clusters: dict[str, str] = {}

    def cluster_of(self, task: Task) -> str:
        """Return the cluster that a task is for; a judge's prompt tells it by its packet only."""
        if task.cluster_hash:
            self._clusters[task.packet_sha256] = task.cluster_hash
        return self._clusters.get(task.packet_sha256, task.packet_sha256)


class LlmServer:
    """The server, run in a thread as a context manager."""

    def __init__(self, behaviour: Behaviour = Behaviour(), *, port: int = 0) -> None:
        self._state = _State(behaviour)
        self._port = port
        self._thread = threading.Thread(target=self._run, name="llm-server", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def __enter__(self) -> LlmServer:
        self._thread.start()
        if not self._ready.wait(120):
            raise RuntimeError("the tests' model server did not start within 120 s")
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._port}"

    def api_base(self, provider: Provider = "openai") -> str:
        """Return what to set as `CLUSTER_ASSETS_API_BASE` for a provider's models."""
        return self.url + PATHS[provider]

    def configure(self, behaviour: Behaviour) -> None:
        """Behave like this from now on, and count anew."""
        self._state = _State(behaviour)

    def stats(self) -> ServerStats:
        """Return the counts since the behaviour was set."""
        return self._state.counters.stats()

    def bodies(self) -> list[Json]:
        """Return the latest requests as they came, at most 100."""
        return list(self._state.bodies)

    def _run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self, *, announce: bool = False) -> None:
        """Serve until the end; the port is known when it is ready, and the address announced."""
        runner = web.AppRunner(
            self._app(), shutdown_timeout=0.1, access_log=None, handler_cancellation=True
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        if announce:
            sys.stdout.write(self.url + "\n")
            sys.stdout.flush()
        try:
            await self._end.wait()
        finally:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_get("/admin/stats", self._show_stats)
        app.router.add_post("/admin/configure", self._configure)
        routes: tuple[tuple[str, WireFormat], ...] = (
            ("/chat/completions", OpenAiWire()),
            ("/v1/chat/completions", OpenAiWire()),
            ("/v1/messages", AnthropicWire()),
            ("/api/chat", OllamaWire()),
            ("/{prefix:.*}models/{model:[^/]+}:generateContent", GeminiWire()),
        )
        for path, wire in routes:
            app.router.add_post(path, self._handler(wire))
        return app

    async def _show_stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats().to_dict())

    async def _configure(self, request: web.Request) -> web.Response:
        try:
            self.configure(TypeAdapter(Behaviour).validate_python(await request.json()))
        except ValidationError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    def _handler(self, wire: WireFormat):
        async def handle(request: web.Request) -> web.StreamResponse:
            state = self._state
            body = json.loads(await request.read())
            state.bodies.append(body)
            task = understand(wire.prompt(body), body)
            state.counters.arrived(time.monotonic(), task.purpose, state.cluster_of(task))
            try:
                return await _answer(state, wire, request, body, task)
            finally:
                state.counters.in_flight -= 1

        return handle


async def _answer(
    state: _State, wire: WireFormat, request: web.Request, body: Json, task: Task
) -> web.StreamResponse:
    given = request.headers.get(wire.key_header, "")
    required = state.behaviour.required_key
    if required is not None and given.removeprefix("Bearer ") != required:
        return _error(wire.error("bad_key", 0))
    wait_s = state.window.admit(time.monotonic())
    if wait_s is not None:
        state.counters.n_rejected += 1
        return _error(wire.error("rate_limited", wait_s), retry_after_s=wait_s)
    if (answer := answer_for(state.behaviour.answers, body)) is not None:
        reply = wire.reply(answer.around(task.text), "stop", body)
        return web.json_response(answer.body_from(reply), status=answer.status)
    prompt = wire.prompt(body)
    fault = state.faults.next(f"{task.purpose} {task.packet_sha256 or prompt[:2000]}", prompt)
    state.counters.n_faults += fault is not None
    if fault is None or fault in _SHOWN_IN_REPLY:
        await asyncio.sleep(_latency_s(state))
        text, finish = spoil(task.text, fault)
        return web.json_response(wire.reply(text, finish, body))
    if fault in {"hang", "trickle", "reset", "half_body"}:
        return await _break(fault, request)
    retry_after_s = state.behaviour.retry_after_s
    refused = {"error": {"message": f"upstream refused the header {given}", "headers": [given]}}
    return _error(
        ErrorAnswer(500, refused) if fault == "echo_key" else wire.error(fault, retry_after_s),
        retry_after_s=retry_after_s if fault == "rate_limited" else None,
    )


async def _break(fault: Fault, request: web.Request) -> web.StreamResponse:
    """Break the connection, or let it drag on."""
    if fault == "hang":
        await asyncio.sleep(_HANG_S)
    if fault == "reset" and request.transport is not None:
        request.transport.abort()
        return web.Response()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = 100_000
    await response.prepare(request)
    await response.write(b'{"id": ')
    with suppress(ConnectionResetError):  # the client has gone
        while fault == "trickle":
            await asyncio.sleep(_TRICKLE_S)
            await response.write(b" ")
    if request.transport is not None:
        request.transport.close()
    return response


def _latency_s(state: _State) -> float:
    median_s, sigma = state.behaviour.latency_s, state.behaviour.latency_sigma
    return median_s * state.random.lognormvariate(0, sigma) if sigma else median_s


def _error(answer: ErrorAnswer, retry_after_s: float | None = None) -> web.Response:
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:.3f}"}
    if isinstance(answer.body, str):
        return web.Response(
            text=answer.body, status=answer.status, content_type="text/html", headers=headers
        )
    return web.json_response(answer.body, status=answer.status, headers=headers)


def main() -> None:
    """Serve until interrupted; the first line of the output is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--limit", type=int, help="requests in a window")
    parser.add_argument("--window-s", type=float, default=60.0)
    parser.add_argument("--latency-s", type=float, default=0.0)
    parser.add_argument("--fault-rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    given = vars(parser.parse_args())
    server = LlmServer(port=given.pop("port"), behaviour=Behaviour(**given))
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve(announce=True))


if __name__ == "__main__":
    main()
