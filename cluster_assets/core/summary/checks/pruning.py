"""Taking faulty items out of a summary, and putting right what code alone can put right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.summary.caveats import required_caveats
from cluster_assets.core.summary.confidence import derive_confidence, lower
from cluster_assets.core.summary.schema import place


def remove(summary: Mapping[str, Any], refs: Collection[str]) -> dict[str, Any]:
    """Return the summary without the items named; a pattern that falls becomes `undetermined`.

    The title cannot be taken out: a summary whose title is wrong is not published.
    """
    kept: dict[str, Any] = {
        section: [item for i, item in enumerate(value) if place((section, i)) not in refs]
        if isinstance(value, list)
        else value
        for section, value in summary.items()
    }
    if "pattern" in refs:
        kept["clinical_pattern"] = {"evidence": [], "value": "undetermined"}
    if "syndromicity" in refs:
        kept["syndromicity"] = "unknown"
    return kept


def repair(summary: Mapping[str, Any], packet: EvidencePacket) -> dict[str, Any]:
    """Return the summary with the caveats it needs (D13) and a confidence it can bear (D14)."""
    caveats = dict.fromkeys((*required_caveats(packet), *summary["caveats"]))
    return {
        **summary,
        "caveats": list(caveats),
        "confidence": lower(summary["confidence"], derive_confidence(packet).level),
    }
