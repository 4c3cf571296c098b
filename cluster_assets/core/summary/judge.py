"""Judging a summary with a model: what it is asked, and how its labels are read.

The judge sees each item with the rows it cites and a few others, and labels it. It gives no verdict
and no score, and its words are never shown; `core.summary.verdict` decides. A label that rests on
rows that are not in the packet is void: it counts as not given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.checks.parts import Part, parts_of
from cluster_assets.core.summary.checks.whole import strength, top_rows
from cluster_assets.core.summary.checks.words import normalise
from cluster_assets.core.summary.findings import Finding, Parsed
from cluster_assets.core.summary.prompts import Prompt, digest, fence, render_template
from cluster_assets.core.summary.schema import read_json, to_wire, validate
from cluster_assets.core.summary.view import lines_of, row_views

JUDGE_NAME = "judge-2"
N_NEARBY = 5
Support = Literal["supported", "contradicted", "no_evidence"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Item(_Part):
    ref: str
    evidence_used: list[str]
    reason: Annotated[str, Field(max_length=1000)]
    support: Support
    overclaim: bool
    adds_outside_fact: bool
    direction_ok: Literal["yes", "no", "not_applicable"]


class _Whole(_Part):
    reason: Annotated[str, Field(max_length=1000)]
    main_signal_covered: bool
    internally_consistent: bool
    describes_this_cluster: bool
    contains_instruction_text: bool


class _Reply(_Part):
    packet_hash: str
    items: list[_Item] = Field(max_length=60)
    summary_checks: _Whole


@dataclass(frozen=True, slots=True)
class Label:
    """What the judge says of one item; `reason` is kept for the record and never shown."""

    ref: str
    support: Support
    overclaim: bool
    adds_outside_fact: bool
    direction_ok: bool
    reason: str

    @property
    def is_clean(self) -> bool:
        """Whether the item may be shown without reserve."""
        return self.holds and not self.overclaim

    @property
    def holds(self) -> bool:
        """Whether the item may be shown at all: its rows carry it and it adds nothing to them."""
        return self.support == "supported" and self.direction_ok and not self.adds_outside_fact


@dataclass(frozen=True, slots=True)
class Judgement:
    """The labels of one summary.

    Attributes:
        labels: by ref; only those that count.
        void: refs whose label does not count: rows that are not in the packet, or no rows at all.
        missing: refs that got no label.
        main_signal_covered: as the judge sees it, like the three below.
        internally_consistent: no two items contradict each other.
        describes_this_cluster: the items fit these rows.
        contains_instruction_text: an item addresses somebody.
    """

    labels: Mapping[str, Label]
    void: tuple[str, ...]
    missing: tuple[str, ...]
    main_signal_covered: bool
    internally_consistent: bool
    describes_this_cluster: bool
    contains_instruction_text: bool


def judge_messages(summary: Mapping[str, Any], packet: EvidencePacket, *, nonce: str) -> Prompt:
    """Return the messages that ask for labels, as pairs of role and content.

    The judge is not told who wrote the text nor what the checks found. Each row stands there once;
    the items name it by its id.
    """
    strongest = [row.id for row in top_rows(packet)]
    items = [_item(part, packet) for part in judged_parts(summary, packet)]
    needed = {*strongest, *(i for item in items for i in (*item["cited"], *item["nearby"]))}
    rows = [row for row in packet.rows if row.id in needed]
    asked = {
        "packet_hash": packet_sha256(packet),
        "rows": row_views(packet, rows, "\n".join(item["text"] for item in items)),
        "strongest": strongest,
        "items": items,
    }
    return (
        ("system", render_template("judge.j2", functional=packet.cluster_type == "functional")),
        ("user", render_template("items.j2", fence=fence("ITEMS", nonce, lines_of(asked)))),
    )


def judge_wire_schema() -> dict[str, Any]:
    """Return the JSON schema of a judge's reply in the subset that providers accept."""
    return to_wire(_Reply)


@lru_cache(maxsize=1)
def judge_prompt_version() -> str:
    """Return a readable name and 16 hex characters over templates and schema."""
    return f"{JUDGE_NAME} {digest(('judge.j2', 'items.j2'), judge_wire_schema())}"


def parse_judgement(
    text: str, summary: Mapping[str, Any], packet: EvidencePacket
) -> Parsed[Judgement]:
    """Read a judge's reply against what it was asked about."""
    value, findings = read_json(text)
    if findings:
        return Parsed(None, findings)
    parsed = validate(_Reply, value)
    if parsed.value is None:
        return Parsed(None, parsed.findings)
    reply = parsed.value
    expected_hash = packet_sha256(packet)
    if reply["packet_hash"] != expected_hash:
        return Parsed(None, (Finding("packet_hash", "D16", reply["packet_hash"], expected_hash),))
    return Parsed(_judgement(reply, [part.ref for part in judged_parts(summary, packet)], packet))


def label_findings(judgement: Judgement) -> tuple[Finding, ...]:
    """Turn labels into codes; the judge's own words stay out of what a writer is told.

    `J01` contradicted, `J02` no evidence, `J03` overclaim, `J04` outside fact, `J05` direction.
    """
    return tuple(
        Finding(label.ref, code, "", "only what the cited rows carry")
        for label in judgement.labels.values()
        for code, applies in (
            ("J01", label.support == "contradicted"),
            ("J02", label.support == "no_evidence"),
            ("J03", label.overclaim),
            ("J04", label.adds_outside_fact),
            ("J05", not label.direction_ok),
        )
        if applies
    )


def judged_parts(summary: Mapping[str, Any], packet: EvidencePacket) -> list[Part]:
    """Return every item that a reader sees, but for those that are a cited label, word for word."""
    labels = {row.id: normalise(row.label) for row in packet.rows}
    return [
        part
        for part in parts_of(summary, packet)
        if part.evidence and not any(normalise(part.text) == labels.get(i) for i in part.evidence)
    ]


def _judgement(reply: Mapping[str, Any], refs: list[str], packet: EvidencePacket) -> Judgement:
    rows = {row.id for row in packet.rows}
    labels: dict[str, Label] = {}
    void = []
    for item in reply["items"]:
        if item["ref"] not in refs or item["ref"] in labels:
            continue
        if not item["evidence_used"] or not rows.issuperset(item["evidence_used"]):
            void.append(item["ref"])
            continue
        labels[item["ref"]] = Label(
            ref=item["ref"],
            support=item["support"],
            overclaim=item["overclaim"],
            adds_outside_fact=item["adds_outside_fact"],
            direction_ok=item["direction_ok"] != "no",
            reason=item["reason"],
        )
    whole = {key: value for key, value in reply["summary_checks"].items() if key != "reason"}
    missing = tuple(ref for ref in refs if ref not in labels and ref not in void)
    return Judgement(labels, tuple(void), missing, **whole)


def _item(part: Part, packet: EvidencePacket) -> dict[str, Any]:
    cited = [row for row in packet.rows if row.id in part.evidence]
    return {
        "ref": part.ref,
        "text": part.text,
        "cited": [row.id for row in cited],
        "nearby": [row.id for row in _nearby(cited, packet)],
    }


def _nearby(cited: list[EvidenceRow], packet: EvidencePacket) -> list[EvidenceRow]:
    """Return the five uncited rows likest the cited ones: by words, then genes, then strength."""
    words = {word for row in cited for word in row.label.casefold().split()}
    genes = {gene for row in cited for gene in row.genes}

    def likeness(row: EvidenceRow) -> tuple[int, int, float]:
        shared = len(words & set(row.label.casefold().split()))
        return shared, len(genes & set(row.genes)), strength(row)

    others = [row for row in packet.rows if row not in cited and row.kind != "count"]
    return sorted(others, key=likeness, reverse=True)[:N_NEARBY]
