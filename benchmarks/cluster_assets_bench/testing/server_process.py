"""The tests' model server as a process of its own, for benchmarks and tests over processes."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import asdict

from cluster_assets_bench.testing.llm_server import PATHS, Behaviour, Provider
from cluster_assets_bench.testing.window import ServerStats

_TIMEOUT_S = 120.0


class ServerProcess:
    """Starts the server and ends it, as a context manager."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self._behaviour = behaviour
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> ServerProcess:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cluster_assets_bench.testing.llm_server", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101  (a pipe was asked for)
        self.url = self._process.stdout.readline().strip()
        if self._behaviour is not None:
            self.configure(self._behaviour)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=_TIMEOUT_S)
            except subprocess.TimeoutExpired:  # a handler that a tool put in place swallowed it
                self._process.kill()
                self._process.communicate()

    def api_base(self, provider: Provider = "openai") -> str:
        """Return what to set as `CLUSTER_ASSETS_API_BASE` for a provider's models."""
        return self.url + PATHS[provider]

    def configure(self, behaviour: Behaviour) -> None:
        """Behave like this from now on, and count anew."""
        request = urllib.request.Request(  # noqa: S310  (our own server)
            f"{self.url}/admin/configure", data=json.dumps(asdict(behaviour)).encode()
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
            return

    def stats(self) -> ServerStats:
        """Return the counts since the behaviour was set."""
        with urllib.request.urlopen(f"{self.url}/admin/stats", timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return ServerStats(**json.load(answer))
