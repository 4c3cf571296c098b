"""Peers of the limiter benchmark: environments of their own, the same server, the same counts.

What each peer does stands in `benchmarks/peers.py`, which only a checkout of the project has.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster_assets.bench.figures import Figure
from cluster_assets.testing.llm_server import Behaviour
from cluster_assets.testing.server_process import ServerProcess

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "peers.py"
FOLDER = Path.home() / ".cache" / "cluster_assets" / "bench-peers"
_TIMEOUT_S = 180.0
_INSTALL_TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages that can be installed side by side, and the peers that they make up."""

    name: str
    requirements: tuple[str, ...]
    peers: tuple[str, ...]


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


class PeerMissing(Exception):
    """A peer cannot be measured here; the message says why."""


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
            python = _python(environment, FOLDER)
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


def _python(environment: Environment, folder: Path) -> Path:
    """Return the interpreter of an environment, which is made when it is not there."""
    if not SCRIPT.is_file():
        raise PeerMissing("this is not a checkout of the project")
    home = folder / environment.name
    python, done = home / "bin" / "python", home / "installed"
    if not done.is_file():
        try:
            _command([sys.executable, "-m", "venv", "--clear", str(home)], _INSTALL_TIMEOUT_S)
            _command(
                [str(python), "-m", "pip", "install", "--quiet", *environment.requirements],
                _INSTALL_TIMEOUT_S,
            )
        except subprocess.SubprocessError:
            raise PeerMissing("its packages do not install here") from None
        done.touch()
    return python


def _run(
    python: Path, peer: str, server: ServerProcess, behaviour: Behaviour, n: int
) -> Mapping[str, float]:
    server.configure(behaviour)
    try:
        output = _command([str(python), str(SCRIPT), peer, server.api_base(), str(n)], _TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise PeerMissing(f"it did not end within {_TIMEOUT_S:g} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise PeerMissing(f"it failed: {''.join(last)}") from None
    return {**json.loads(output.strip().splitlines()[-1]), "n_rejected": server.stats().n_rejected}


def _command(command: list[str], timeout_s: float) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s)
    return done.stdout
