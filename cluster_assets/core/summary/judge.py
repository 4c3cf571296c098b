"""Judging a summary with a model: the question, and how its labels are read.

The judge sees each item with the rows it cites and a few others, and labels it. It gives no verdict
and no score, and its words are never shown; `core.summary.verdict` decides. A label based on rows
outside the packet is void: it counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.checks.parts import Part, parts_of
from cluster_assets.core.summary.checks.whole import strength, top_rows
from cluster_assets.core.summary.checks.words import normalise
from cluster_assets.core.summary.findings import Finding, Parsed
from cluster_assets.core.summary.prompts import Prompt, digest, fence, render_template
from cluster_assets.core.summary.reading import read_json, validate
from cluster_assets.core.summary.schema import Summary
from cluster_assets.core.summary.view import lines_of, row_views
from cluster_assets.core.summary.wire import to_wire

JUDGE_NAME = "judge-2"
N_NEARBY = 5
Support = Literal["supported", "contradicted", "no_evidence"]


class _Item(BaseModel, frozen=True, extra="forbid", strict=True):
    ref: str
    evidence_used: list[str]
    reason: Annotated[str, Field(max_length=1000)]
    support: Support
    overclaim: bool
    adds_outside_fact: bool
    direction_ok: Literal["yes", "no", "not_applicable"]


class _Whole(BaseModel, frozen=True, extra="forbid", strict=True):
    reason: Annotated[str, Field(max_length=1000)]
    main_signal_covered: bool
    internally_consistent: bool
    describes_this_cluster: bool
    contains_instruction_text: bool


class _Reply(BaseModel, frozen=True, extra="forbid", strict=True):
    packet_sha256: str = Field(alias="packet_hash")
    items: list[_Item] = Field(max_length=60)
    summary_checks: _Whole


@dataclass(frozen=True, slots=True)
class Label:
    """The judge's label of one item; `reason` is recorded but never shown."""

    ref: str
    support: Support
    overclaim: bool
    adds_outside_fact: bool
    direction_ok: bool
    reason: str

    @property
    def is_clean(self) -> bool:
        """Whether the item may be shown without reservation."""
        return self.holds and not self.overclaim

    @property
    def holds(self) -> bool:
        """Whether the item may be shown at all: its rows support it and it adds nothing to them."""
        return self.support == "supported" and self.direction_ok and not self.adds_outside_fact


@dataclass(frozen=True, slots=True)
class Judgement:
    """The labels of one summary.

    Attributes:
        labels: valid labels by ref.
        void: refs with a void label: based on rows outside the packet, or on no rows.
        missing: refs without a label.
        main_signal_covered: whether the judge finds that the items cover the main signal.
        internally_consistent: whether the judge finds no contradiction between two items.
        describes_this_cluster: whether the judge finds that the items fit these rows.
        contains_instruction_text: whether the judge finds an item that addresses somebody.
    """

    labels: Mapping[str, Label]
    void: tuple[str, ...]
    missing: tuple[str, ...]
    main_signal_covered: bool
    internally_consistent: bool
    describes_this_cluster: bool
    contains_instruction_text: bool


def judge_messages(summary: Summary, packet: EvidencePacket, *, nonce: str) -> Prompt:
    """Return the messages that ask for labels, as pairs of role and content.

    The judge does not learn who wrote the text nor what the checks found. Each row appears once;
    the items refer to it by its id.
    """
    strongest = [row.id for row in top_rows(packet)]
    items = [_asked(part, packet) for part in judged_parts(summary, packet)]
    needed = {*strongest, *(row_id for item in items for row_id in (*item.cited, *item.nearby))}
    rows = [row for row in packet.rows if row.id in needed]
    asked: dict[str, JsonValue] = {
        "packet_hash": packet_sha256(packet),
        "rows": [*row_views(packet, rows, "\n".join(item.text for item in items))],
        "strongest": [*strongest],
        "items": [asdict(item) for item in items],
    }
    return (
        ("system", render_template("judge.j2", functional=packet.cluster_type == "functional")),
        ("user", render_template("items.j2", fence=fence("ITEMS", nonce, lines_of(asked)))),
    )


def judge_wire_schema() -> dict[str, JsonValue]:
    """Return the JSON schema of a judge's reply in the subset that providers accept."""
    return to_wire(_Reply)


@lru_cache(maxsize=1)
def judge_prompt_version() -> str:
    """Return a readable name and 16 hex characters over templates and schema."""
    return f"{JUDGE_NAME} {digest(('judge.j2', 'items.j2'), judge_wire_schema())}"


def parse_judgement(text: str, summary: Summary, packet: EvidencePacket) -> Parsed[Judgement]:
    """Parse a judge's reply about a summary."""
    value, findings = read_json(text, _Reply)
    if findings:
        return Parsed(None, findings)
    parsed = validate(_Reply, value)
    if parsed.value is None:
        return Parsed(None, parsed.findings)
    reply = parsed.value
    expected = packet_sha256(packet)
    if reply.packet_sha256 != expected:
        return Parsed(None, (Finding("packet_hash", "D16", reply.packet_sha256, expected),))
    return Parsed(_judgement(reply, [part.ref for part in judged_parts(summary, packet)], packet))


def label_findings(judgement: Judgement) -> tuple[Finding, ...]:
    """Turn labels into codes, without the judge's own words.

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


def judged_parts(summary: Summary, packet: EvidencePacket) -> list[Part]:
    """Return every item that a reader sees, except those that repeat a cited label exactly."""
    labels = {row.id: normalise(row.label) for row in packet.rows}
    return [
        part
        for part in parts_of(summary, packet)
        if part.evidence and not any(normalise(part.text) == labels.get(i) for i in part.evidence)
    ]


def _judgement(reply: _Reply, refs: list[str], packet: EvidencePacket) -> Judgement:
    rows = {row.id for row in packet.rows}
    labels: dict[str, Label] = {}
    void: list[str] = []
    for item in reply.items:
        if item.ref not in refs or item.ref in labels:
            continue
        if not item.evidence_used or not rows.issuperset(item.evidence_used):
            void.append(item.ref)
            continue
        labels[item.ref] = Label(
            ref=item.ref,
            support=item.support,
            overclaim=item.overclaim,
            adds_outside_fact=item.adds_outside_fact,
            direction_ok=item.direction_ok != "no",
            reason=item.reason,
        )
    whole = reply.summary_checks
    return Judgement(
        labels=labels,
        void=tuple(void),
        missing=tuple(ref for ref in refs if ref not in labels and ref not in void),
        main_signal_covered=whole.main_signal_covered,
        internally_consistent=whole.internally_consistent,
        describes_this_cluster=whole.describes_this_cluster,
        contains_instruction_text=whole.contains_instruction_text,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """One item of the question, as the prompt shows it."""

    ref: str
    text: str
    cited: list[str]
    nearby: list[str]


def _asked(part: Part, packet: EvidencePacket) -> _Asked:
    cited = [row for row in packet.rows if row.id in part.evidence]
    nearby = [row.id for row in _nearby(cited, packet)]
    return _Asked(part.ref, part.text, [row.id for row in cited], nearby)


def _nearby(cited: list[EvidenceRow], packet: EvidencePacket) -> list[EvidenceRow]:
    """Return the five uncited rows most similar to the cited ones: by words, genes, strength."""
    words = {word for row in cited for word in row.label.casefold().split()}
    genes = {gene for row in cited for gene in row.genes}

    def likeness(row: EvidenceRow) -> tuple[int, int, float]:
        shared = len(words & set(row.label.casefold().split()))
        return shared, len(genes & set(row.genes)), strength(row)

    others = [row for row in packet.rows if row not in cited and row.kind != "count"]
    return sorted(others, key=likeness, reverse=True)[:N_NEARBY]
