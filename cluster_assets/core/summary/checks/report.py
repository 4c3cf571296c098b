"""What the checks of a summary came to, and what each code means for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cluster_assets.core.summary.findings import Finding

Severity = Literal["reject", "prune", "repair", "low"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome for one summary.

    Attributes:
        findings: all faults, in the order of the codes.
        summary: the summary without what was pruned, caveats completed, confidence lowered; None
            when its form is wrong.
        pruned_refs: the items that were removed, by their names before the removal.
        rejected: codes for which the whole summary must not be published.
        n_claims: claims that are left.
    """

    findings: tuple[Finding, ...]
    summary: Mapping[str, Any] | None
    pruned_refs: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    n_claims: int = 0

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes found, each once, sorted."""
        return tuple(sorted({finding.code for finding in self.findings}))

    @property
    def publishable(self) -> bool:
        """Whether what is left may be shown to a reader."""
        return self.summary is not None and not self.rejected
