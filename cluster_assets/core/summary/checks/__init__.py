"""Deterministic checks of a summary against its packet: they reject, prune or repair.

`Checker` prepares a vocabulary once and checks many summaries; `check_summary` checks a single one
and takes plain dicts, for benchmarks outside this project.
"""

from cluster_assets.core.summary.checks.checker import Checker, check_summary
from cluster_assets.core.summary.checks.report import CheckReport
from cluster_assets.core.summary.findings import Finding

__all__ = ["CheckReport", "Checker", "Finding", "check_summary"]
