"""True texts written by hand, by people who have not read the checks: the honest test of refusals.

`write_sheets` makes the sheets for such a person: a packet, and a summary with the words left out.
The finished sheets live in the folder `handwritten` and are part of the benchmark from then on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cluster_assets.bench.faults.base import Clean
from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import packet_from_dict, packet_to_dict
from cluster_assets.core.template import template_summary

FOLDER = Path(__file__).parent / "handwritten"
N_EACH = 20
TO_WRITE = "(to be written)"


def load_texts(folder: Path = FOLDER) -> list[Clean]:
    """Return the finished sheets of a folder."""
    texts = []
    for path in sorted(folder.glob("*.json")):
        sheet = json.loads(path.read_text("utf-8"))
        if TO_WRITE not in json.dumps(sheet["summary"]):
            texts.append(Clean(packet_from_dict(sheet["packet"]), sheet["summary"], path.stem))
    return texts


def write_sheets(packets: Sequence[EvidencePacket], folder: Path) -> list[Path]:
    """Write one sheet for each of 20 functional and 20 phenotype packets, spread over their sizes.

    Claims, themes, tags and title are to be written; the rest is filled in.
    """
    written = []
    for cluster_type in ("functional", "phenotype"):
        fitting = [packet for packet in packets if packet.cluster_type == cluster_type]
        step = max(1, len(fitting) // N_EACH)
        for number, packet in enumerate(fitting[::step][:N_EACH], start=1):
            path = folder / f"{cluster_type}-{number:02d}.json"
            sheet = {"packet": packet_to_dict(packet), "summary": _blank(packet)}
            path.write_text(json.dumps(sheet, ensure_ascii=False, indent=1) + "\n", "utf-8")
            written.append(path)
    return written


def _blank(packet: EvidencePacket) -> dict[str, Any]:
    summary = template_summary(packet)
    blank = {"evidence": ["E01"], "text": TO_WRITE}
    claims = [{**claim, **blank} for claim in summary["claims"][:3]]
    return {**summary, "claims": claims, "key_themes": [], "tags": [], "title": blank}
