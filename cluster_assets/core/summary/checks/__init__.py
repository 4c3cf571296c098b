"""Deterministic checks of a summary against its packet: they block, prune or repair.

`Checker` prepares a vocabulary once and checks many summaries; `check_summary` is for one, and for
benchmarks of others, who bring plain dicts.
"""

from cluster_assets.core.summary.checks.checker import Checker, check_summary
from cluster_assets.core.summary.checks.report import CheckReport
from cluster_assets.core.summary.findings import Finding

__all__ = ["CheckReport", "Checker", "Finding", "check_summary"]
