"""Members and subclusters as JSON values, identical in all interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from cluster_assets.core.models import Member, Subcluster


def members_to_list(
    members: Sequence[Member], confidence: Mapping[str, float]
) -> list[dict[str, object]]:
    """Return `id`, `label` and, where known, `confidence` of each member.

    Args:
        members: members of a cluster.
        confidence: confidence in the assignment of each member, 0 to 1, by id.
    """
    values: list[dict[str, object]] = [asdict(member) for member in members]
    for value, member in zip(values, members, strict=True):
        if member.id in confidence:
            value["confidence"] = round(confidence[member.id], 4)
    return values


def subclusters_to_list(subclusters: Sequence[Subcluster]) -> list[dict[str, object]]:
    """Return `name` and the ids of the `members` of each subcluster."""
    return [
        {"name": part.name, "members": [member.id for member in part.members]}
        for part in subclusters
    ]
