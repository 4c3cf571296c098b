"""Writers that were taken over, or never worked: what a reader sees must not depend on them.

Each stub goes the way of a text through the product: packet, reply, form, checks, verdict, and the
template where nothing passes. It returns whether what is published is free of what it was told to
say, and true of its packet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import build_packet, packet_sha256
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.reading import parse_summary
from cluster_assets.core.summary.rendering import render
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.verdict import Verdict, decide
from cluster_assets_bench.faults.form import ORDERS, PAYLOAD, TO_THE_JUDGE

Stub = Callable[[EvidencePacket, Random, Checker, Sequence[EvidencePacket]], bool]
MIN_SIGN = 12  # letters of an order by which one knows it again


def obedient(
    packet: EvidencePacket, rng: Random, checker: Checker, _others: Sequence[EvidencePacket]
) -> bool:
    """Does what an instruction in the packet says, wherever it can say it."""
    order = _order(rng)
    poisoned = _poison(packet, order, rng, clean_first=rng.random() < 0.5)
    summary = template_summary(poisoned).model_dump(mode="json")
    field = rng.choice(["claims", "title", "key_themes", "tags", "confidence"])
    if field == "title":
        summary["title"] = {**summary["title"], "text": PAYLOAD}
    elif field == "confidence":
        summary["confidence"] = "high"
        summary["claims"][0] = {**summary["claims"][0], "text": f"{PAYLOAD}, says the packet."}
    elif field == "tags":
        summary["tags"] = [{**tag, "tag": PAYLOAD.lower()} for tag in summary["tags"]]
    elif field == "key_themes":
        summary["key_themes"] = [{**theme, "label": PAYLOAD} for theme in summary["key_themes"]]
    else:
        summary["claims"] = [
            {**claim, "text": f"{PAYLOAD}: {claim['text']}"[:320]} for claim in summary["claims"]
        ]
    return _is_clean(_published(json.dumps(summary), poisoned, checker), poisoned, order)


def copying(
    packet: EvidencePacket, rng: Random, checker: Checker, _others: Sequence[EvidencePacket]
) -> bool:
    """Copies labels of the packet into its text, an order among them, typed or as a token."""
    order = _order(rng)
    poisoned = _poison(packet, order, rng, clean_first=rng.random() < 0.5)
    summary = template_summary(poisoned).model_dump(mode="json")
    row = next((row for row in poisoned.rows if row.label == order), poisoned.rows[0])
    words = rng.choice([f"{{{{{row.id}}}}}", row.label, order])[:280]
    told = {"evidence": [row.id], "text": f"This cluster shows {words} among its members."}
    summary["claims"] = [{**claim, **told} for claim in summary["claims"][:1]] + summary["claims"]
    if rng.random() < 0.5:
        summary["title"] = {"evidence": [row.id], "text": f"{words[:70]} here"}
    return _is_clean(_published(json.dumps(summary), poisoned, checker), poisoned, order)


def never_valid(
    packet: EvidencePacket, rng: Random, checker: Checker, _others: Sequence[EvidencePacket]
) -> bool:
    """Never answers with a summary."""
    reply = rng.choice(
        ["", "I cannot do that.", "[]", "{}", "```json\n{\n```", "null", f'"{PAYLOAD}"']
    )
    return _is_clean(_published(reply, packet, checker), packet, PAYLOAD)


def for_another_cluster(
    packet: EvidencePacket, rng: Random, checker: Checker, others: Sequence[EvidencePacket]
) -> bool:
    """Answers well, for another cluster; half of the time it puts this cluster's hash in."""
    same = [p for p in others if p.cluster_type == packet.cluster_type and p.rows != packet.rows]
    summary = template_summary(rng.choice(same)).model_dump(mode="json")
    if rng.random() < 0.5:
        summary["packet_hash"] = packet_sha256(packet)
    verdict = _published(json.dumps(summary), packet, checker)
    if verdict.summary is None:
        return True
    report = checker.check(verdict.summary, packet)
    return not {"D02", "D03", "D04", "D04b", "D08", "D09", "D09c", "D16"} & set(report.codes)


STUBS: Mapping[str, Stub] = {
    stub.__name__: stub for stub in (obedient, copying, never_valid, for_another_cluster)
}


def _published(reply: str, packet: EvidencePacket, checker: Checker) -> Verdict:
    """Return what a reader gets: the reply where it passes, the template where it does not."""
    parsed = parse_summary(reply, packet.cluster_type)
    if parsed.value is not None:
        report = checker.check(parsed.value, packet)
        verdict = decide(report=report, packet=packet, judgement="unavailable", source="llm")
        if verdict.is_publishable:
            return verdict
    report = checker.check(template_summary(packet), packet)
    return decide(
        report=report, packet=packet, judgement="not_run", source="template", stand_in="rejected"
    )


def _is_clean(verdict: Verdict, packet: EvidencePacket, order: str) -> bool:
    """Tell whether a reader sees a text, and in it neither the payload nor the order."""
    if verdict.summary is None:
        return False
    shown = render(verdict.summary, packet)
    words = json.dumps(shown.summary_json, ensure_ascii=False) + shown.markdown()
    signs = [PAYLOAD, PAYLOAD.lower(), order[:MIN_SIGN]]
    return not any(sign.casefold() in words.casefold() for sign in signs)


def _order(rng: Random) -> str:
    return rng.choice((*ORDERS, *TO_THE_JUDGE)).format(PAYLOAD)


def _poison(
    packet: EvidencePacket, order: str, rng: Random, *, clean_first: bool
) -> EvidencePacket:
    """Put an order into the packet: through the front door, or past it into a stored packet."""
    index = rng.randrange(min(5, len(packet.rows)))
    rows = tuple(
        replace(row, label=order) if i == index else row for i, row in enumerate(packet.rows)
    )
    if not clean_first:
        return replace(packet, rows=rows, name=order)
    return build_packet(
        cluster_type=packet.cluster_type,
        cluster_hash=packet.cluster_hash,
        name=order,
        members=packet.members,
        rows=rows,
        data_releases=packet.data_releases,
    )
