"""Removing faulty items from a summary, and repairing what code alone can repair."""

from __future__ import annotations

from collections.abc import Collection

from cluster_assets.core.summary.reading import place
from cluster_assets.core.summary.schema import Confidence, Pattern, PhenotypeSummary, Summary


def remove(summary: Summary, refs: Collection[str]) -> Summary:
    """Return the summary without the named items; a removed pattern becomes `undetermined`.

    The title cannot be removed: a summary whose title is wrong is not published.
    """
    if not refs:
        return summary
    update: dict[str, object] = {
        section: tuple(item for i, item in enumerate(items) if place((section, i)) not in refs)
        for section, items in summary.lists.items()
    }
    if isinstance(summary, PhenotypeSummary):
        if "pattern" in refs:
            update["clinical_pattern"] = Pattern(evidence=(), value="undetermined")
        if "syndromicity" in refs:
            update["syndromicity"] = "unknown"
    return summary.model_copy(update=update)


def repair(summary: Summary, caveats: Collection[str], confidence: Confidence) -> Summary:
    """Return the summary with the caveats it needs first (D13) and this confidence (D14)."""
    complete = tuple(dict.fromkeys((*caveats, *summary.caveats)))
    return summary.model_copy(update={"caveats": complete, "confidence": confidence})
