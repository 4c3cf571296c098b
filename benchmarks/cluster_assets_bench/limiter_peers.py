"""Peers of the limiter benchmark: the same server, the same counts, each in its environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cluster_assets_bench.environments import (
    Environment,
    PeerMissing,
    answer_of,
    python_of,
    script,
)
from cluster_assets_bench.figures import Figure
from cluster_assets_bench.testing.llm_server import Behaviour
from cluster_assets_bench.testing.server_process import ServerProcess

_TIMEOUT_S = 180.0

ENVIRONMENTS = (
    Environment("curator", ("bespokelabs-curator==0.1.31",), ("bespokelabs-curator",)),
    Environment(
        "limiters",
        (
            "aiolimiter==1.3.0",
            "instructor==1.17.0",
            "langchain-openai==1.7.3",
            "litellm==1.106.2",
            "pyrate-limiter==4.5.1",
            "tenacity>=9",
        ),
        (
            "langchain-openai, InMemoryRateLimiter",
            "instructor, aiolimiter",
            "litellm.batch_completion",
            "litellm, tenacity, pyrate-limiter",
        ),
    ),
)


def measure_peers(
    server: ServerProcess, behaviour: Behaviour, n: int, bound_s: float, repeats: int
) -> Iterator[Figure | str]:
    """Measure each peer: its figures, or a note why there are none.

    Args:
        server: the server that counts.
        behaviour: how it behaves.
        n: requests to send.
        bound_s: the physical bound of their time.
        repeats: runs of each peer.
    """
    for environment in ENVIRONMENTS:
        try:
            python = python_of(environment)
        except PeerMissing as reason:
            yield f"{', '.join(environment.peers)}: not measured, {reason}"
            continue
        for peer in environment.peers:
            try:
                runs = [_run(python, peer, server, behaviour, n) for _ in range(repeats)]
            except PeerMissing as reason:
                yield f"{peer}: not measured, {reason}"
                continue
            yield Figure(f"{peer}: wall", "s", tuple(run["wall_s"] for run in runs), bound_s)
            yield Figure("  replies 429", "", tuple(run["n_rejected"] for run in runs), 0)
            yield Figure(f"  usable replies of {n}", "", tuple(run["ok"] for run in runs), n)


def _run(
    python: Path, peer: str, server: ServerProcess, behaviour: Behaviour, n: int
) -> Mapping[str, float]:
    server.configure(behaviour)
    command = [str(python), str(script("limiter_peers.py")), peer, server.api_base(), str(n)]
    answer = answer_of(command, _TIMEOUT_S)
    return {**answer, "n_rejected": server.stats().n_rejected}
