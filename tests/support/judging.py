"""Replies of a judge, made by hand."""

from __future__ import annotations

import json
from typing import Any

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.judge import judged_parts
from support.packets import typed


def labels_for(summary: Any, packet: EvidencePacket) -> list[dict[str, Any]]:
    """A clean label for every item."""
    return [
        {
            "ref": part.ref,
            "evidence_used": list(part.evidence),
            "reason": "The cited rows carry it.",
            "support": "supported",
            "overclaim": False,
            "adds_outside_fact": False,
            "direction_ok": "yes",
        }
        for part in judged_parts(typed(summary), packet)
    ]


def reply_for(
    summary: Any,
    packet: EvidencePacket,
    *,
    items: list[dict[str, Any]] | None = None,
    whole: dict[str, bool] | None = None,
    **changes: dict[str, Any],
) -> str:
    """A clean reply, with changes by ref."""
    labels = labels_for(summary, packet) if items is None else items
    checks = {
        "reason": "It covers the rows.",
        "main_signal_covered": True,
        "internally_consistent": True,
        "describes_this_cluster": True,
        "contains_instruction_text": False,
        **(whole or {}),
    }
    return json.dumps(
        {
            "packet_hash": packet_sha256(packet),
            "items": [{**label, **changes.get(label["ref"], {})} for label in labels],
            "summary_checks": checks,
        }
    )
