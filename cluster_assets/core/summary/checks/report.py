"""The outcome of checking a summary, and what the code of a check means for the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.schema import Summary

Severity = Literal["reject", "prune", "repair", "low"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome for one summary.

    Attributes:
        findings: all faults, in the order of the checks.
        summary: the summary without the pruned items, with complete caveats and the confidence
            that the evidence allows; None when its form is wrong.
        pruned_refs: the removed items, by their refs before the removal.
        rejected: codes that forbid publishing the summary.
        n_claims: number of claims left.
    """

    findings: tuple[Finding, ...]
    summary: Summary | None
    pruned_refs: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    n_claims: int = 0

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes found, each once, sorted."""
        return tuple(sorted({finding.code for finding in self.findings}))

    @property
    def publishable(self) -> bool:
        """Whether the rest may be shown to a reader."""
        return self.summary is not None and not self.rejected
