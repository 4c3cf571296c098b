"""The guard of the unit tests leaves the other tiers alone."""

from __future__ import annotations

import subprocess
import sys


def test_this_tier_starts_processes() -> None:
    assert subprocess.run([sys.executable, "-c", ""], check=False).returncode == 0
