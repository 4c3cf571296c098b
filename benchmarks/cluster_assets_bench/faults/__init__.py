"""Seeded faults: true summaries with one thing made wrong, by class.

`FAULTS` holds every class. The group `meaning` is for a judge: code cannot see those.
"""

from collections.abc import Mapping

from cluster_assets_bench.faults import form, genes, statistics, terms, wording
from cluster_assets_bench.faults.base import (
    REGISTRY,
    SEED,
    Clean,
    Draw,
    Fault,
    FaultClass,
    World,
    is_stopped,
    make_faults,
)

FAULTS: Mapping[str, FaultClass] = REGISTRY

__all__ = [
    "FAULTS", "SEED", "Clean", "Draw", "Fault", "FaultClass", "World",
    "form", "genes", "is_stopped", "make_faults", "statistics", "terms", "wording",
]  # fmt: skip
