"""Environments of their own for the peers: made once, kept in the user's cache, never ours.

What a peer does stands in a script of its own, which runs in the peer's environment and not here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "peers"
FOLDER = Path.home() / ".cache" / "cluster_assets" / "bench-peers"
_INSTALL_TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages that can be installed side by side, and the peers that they make up."""

    name: str
    requirements: tuple[str, ...]
    peers: tuple[str, ...]


class PeerMissing(Exception):
    """A peer cannot be measured here; the message says why."""


def python_of(environment: Environment, folder: Path = FOLDER) -> Path:
    """Return the interpreter of an environment, which is made when it is not there.

    Raises:
        PeerMissing: its packages do not install.
    """
    home = folder / environment.name
    python, done = home / "bin" / "python", home / "installed"
    wanted = "\n".join(environment.requirements)
    if not done.is_file() or done.read_text() != wanted:
        try:
            _run([sys.executable, "-m", "venv", "--clear", str(home)], _INSTALL_TIMEOUT_S)
            _run(
                [str(python), "-m", "pip", "install", "--quiet", *environment.requirements],
                _INSTALL_TIMEOUT_S,
            )
        except subprocess.SubprocessError:
            raise PeerMissing("its packages do not install here") from None
        done.write_text(wanted)
    return python


def script(name: str) -> Path:
    """Return the script of some peers."""
    return SCRIPTS / name


def answer_of(command: Sequence[str], timeout_s: float) -> dict[str, Any]:
    """Run a peer; return the JSON object of its last line.

    Raises:
        PeerMissing: it failed, or took too long.
    """
    try:
        output = _run(command, timeout_s)
    except subprocess.TimeoutExpired:
        raise PeerMissing(f"it did not end within {timeout_s:g} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise PeerMissing(f"it failed: {''.join(last)}") from None
    return json.loads(output.strip().splitlines()[-1])


def _run(command: Sequence[str], timeout_s: float) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s)
    return done.stdout
