"""Peers in environments of their own: what they answer, and what is said when they cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cluster_assets_bench.environments import (
    Environment,
    PeerMissing,
    answer_of,
    python_of,
    script,
)


def test_the_last_line_is_the_answer() -> None:
    code = "print('chatter'); print('{\"seconds\": [1.5]}')"
    assert answer_of([sys.executable, "-c", code], 30) == {"seconds": [1.5]}


def test_a_peer_that_fails_is_missing_with_its_last_words() -> None:
    with pytest.raises(PeerMissing, match=r"it failed: ImportError: no such peer"):
        answer_of([sys.executable, "-c", "raise ImportError('no such peer')"], 30)


def test_a_peer_that_does_not_end_is_missing() -> None:
    with pytest.raises(PeerMissing, match=r"did not end within 0\.5 s"):
        answer_of([sys.executable, "-c", "import time; time.sleep(60)"], 0.5)


def test_an_environment_is_made_once_and_again_when_it_should_hold_something_else(
    tmp_path: Path,
) -> None:
    empty = Environment("empty", (), ())
    made = tmp_path / "empty" / "installed"
    made.parent.mkdir()
    made.write_text("")
    assert python_of(empty, tmp_path) == tmp_path / "empty" / "bin" / "python"
    unknown = Environment("empty", ("no-such-package-here==0.0.0",), ())
    with pytest.raises(PeerMissing, match="do not install"):
        python_of(unknown, tmp_path)


def test_every_peer_has_its_script() -> None:
    for name in ("limiter_peers.py", "clustering_peers.py", "clustering_peers.R"):
        assert script(name).is_file()
