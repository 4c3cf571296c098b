"""The lineage of clusters: the best ancestor of each, and how it changed.

Lineage is shown beside a cluster and has no other effect: no text of an old summary is reused under
a new hash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from cluster_assets.core.models import Lineage, Predecessor

MIN_JACCARD = 0.1  # Jaccard index below which an ancestor is not reported
MAIN_PART = 0.75  # share of an ancestor from which its main heir is grown or shrunk, not split


def trace_lineage(
    clusters: Mapping[str, frozenset[str]], predecessor: Predecessor | None
) -> dict[str, Lineage]:
    """Return the lineage of each cluster relative to the clustering published before.

    The best ancestor is the old cluster with the highest Jaccard index; ties go to the smallest
    hash. The kind of change is the first that applies:

    - new: it shares no member with an old cluster.
    - unchanged: it has the same members as its ancestor.
    - merged: it has more than half of the members of two or more old clusters.
    - split: at least half of it comes from its ancestor, and other new clusters have more than a
      quarter of the ancestor's surviving members. A gene that left the data splits nothing.
    - new: the Jaccard index with its ancestor is below 0.1.
    - grown, shrunk, changed: it only gained members, only lost members, or both.

    Args:
        clusters: members by cluster hash.
        predecessor: the clustering published before; None if there is none.
    """
    old: Mapping[str, frozenset[str]] = predecessor.clusters if predecessor else {}
    home = {member: key for key in sorted(old) for member in old[key]}
    overlaps = {
        key: Counter(home[member] for member in members if member in home)
        for key, members in clusters.items()
    }
    survivors: Counter[str] = Counter()
    for overlap in overlaps.values():
        survivors.update(overlap)
    return {
        key: _trace(members, overlaps[key], survivors, old) for key, members in clusters.items()
    }


def _trace(
    members: frozenset[str],
    overlap: Counter[str],
    survivors: Counter[str],
    old: Mapping[str, frozenset[str]],
) -> Lineage:
    if not overlap:
        return Lineage(change="new")
    jaccard = {
        key: shared / (len(members) + len(old[key]) - shared) for key, shared in overlap.items()
    }
    ancestor = min(jaccard, key=lambda key: (-jaccard[key], key))
    change = _kind_of_change(members, ancestor, overlap, survivors, old)
    if jaccard[ancestor] < MIN_JACCARD and change not in {"split", "merged"}:
        return Lineage(change="new")
    return Lineage(
        change=change,
        ancestor=ancestor,
        jaccard=jaccard[ancestor],
        n_gained=len(members - old[ancestor]),
        n_lost=len(old[ancestor] - members),
    )


def _kind_of_change(
    members: frozenset[str],
    ancestor: str,
    overlap: Counter[str],
    survivors: Counter[str],
    old: Mapping[str, frozenset[str]],
) -> Literal["unchanged", "grown", "shrunk", "changed", "split", "merged"]:
    shared = overlap[ancestor]
    if members == old[ancestor]:
        return "unchanged"
    if sum(1 for key, n in overlap.items() if 2 * n > len(old[key])) > 1:
        return "merged"
    if 2 * shared >= len(members) and shared < MAIN_PART * survivors[ancestor]:
        return "split"
    if members > old[ancestor]:
        return "grown"
    return "shrunk" if members < old[ancestor] else "changed"
