"""Confidence computed from the evidence alone. A model's own confidence can only lower it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from statistics import median

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.schema import Confidence

TOP_ROWS = 10
FULL_STRENGTH = 10.0
LEVELS: tuple[Confidence, ...] = ("low", "medium", "high")
HIGH = 0.7
MEDIUM = 0.4
_FLOOR = 1e-300


@dataclass(frozen=True, slots=True)
class DerivedConfidence:
    """How well the evidence carries a summary.

    Attributes:
        value: 0 to 1.
        level: the word a reader sees.
        coverage: share of members with at least one significant term, 0 to 1.
        strength: median of the top rows' -log10 FDR, or of their |v-test|.
    """

    value: float
    level: Confidence
    coverage: float
    strength: float


def derive_confidence(packet: EvidencePacket) -> DerivedConfidence:
    """Derive the confidence of a cluster from coverage and strength of its rows."""
    terms = [row for row in packet.rows if row.kind == "term"]
    if not terms or packet.n_members == 0:
        return DerivedConfidence(0.0, "low", 0.0, 0.0)
    if packet.cluster_type == "functional":
        coverage = len({gene for row in terms for gene in row.genes}) / packet.n_members
        strength = median([-log10(max(row.fdr or 1.0, _FLOOR)) for row in terms[:TOP_ROWS]])
    else:
        coverage = max((row.k or 0) / max(row.n or 1, 1) for row in terms)
        strength = median([abs(row.v or 0.0) for row in terms[:TOP_ROWS]])
    value = (min(coverage, 1.0) + min(strength / FULL_STRENGTH, 1.0)) / 2
    level: Confidence = "high" if value >= HIGH else "medium" if value >= MEDIUM else "low"
    return DerivedConfidence(value, level, coverage, strength)


def lower(one: Confidence, other: Confidence) -> Confidence:
    """Return the lower of two levels."""
    return one if LEVELS.index(one) <= LEVELS.index(other) else other
