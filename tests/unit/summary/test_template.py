"""The template: true by construction, readable, and different from cluster to cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member
from cluster_assets.core.packet import build_packet
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.rendering import render
from cluster_assets.core.summary.template import template_summary
from support.packets import (
    VOCABULARY,
    bare_packet,
    depleted_packet,
    functional_packet,
    large_packet,
    phenotype_packet,
    small_packet,
    typed,
)

CHECKER = Checker(VOCABULARY)
PACKETS = {
    "functional": functional_packet(),
    "phenotype": phenotype_packet(),
    "depleted": depleted_packet(),
    "large": large_packet(),
    "small": small_packet(),
    "bare": bare_packet(),
    "counts only": replace(
        phenotype_packet(),
        rows=tuple(row for row in phenotype_packet().rows if row.kind != "term"),
    ),
}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_it_passes_every_check(packet: EvidencePacket) -> None:
    report = CHECKER.check(template_summary(packet), packet)
    assert report.findings == ()
    assert report.publishable


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_it_says_when_there_is_too_little(packet: EvidencePacket) -> None:
    expected = packet.n_members < 3 or not any(row.kind == "term" for row in packet.rows)
    assert template_summary(packet).insufficient_evidence is expected


@pytest.mark.parametrize("name", ["functional", "phenotype", "depleted", "large", "small"])
def test_it_has_two_to_six_sentences(name: str) -> None:
    assert 2 <= len(template_summary(PACKETS[name]).claims) <= 6


def test_siblings_get_different_texts() -> None:
    packet = functional_packet()
    sibling = replace(packet, rows=packet.rows[::-1], cluster_hash="cd" * 32)
    other = replace(packet, rows=packet.rows[2:])
    texts = {render(template_summary(p), p).narrative for p in (packet, sibling, other)}
    assert len(texts) >= 2
    assert (
        render(template_summary(packet), packet).title
        != render(template_summary(other), other).title
    )


def test_the_strongest_row_leads() -> None:
    packet = functional_packet()
    for rows in (packet.rows, packet.rows[::-1]):
        summary = template_summary(replace(packet, rows=rows))
        assert summary.claims[0].cited == ("E01",)


WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=120
)
IDS = st.sampled_from(["HP:0", "GO:0014069", "R-HSA-112316", "hsa04360", "WP123", "KEGG:x"])
LABELS = st.one_of(
    WORDS, st.builds("{}{}{}".format, st.sampled_from(["", "axon ", "A("]), IDS, WORDS)
)


@st.composite
def packets(draw: st.DrawFn) -> EvidencePacket:
    kind = draw(st.sampled_from(["functional", "phenotype"]))
    symbols = [f"GENE{i}A" for i in range(draw(st.integers(1, 12)))]
    rows = []
    for number, label in enumerate(draw(st.lists(LABELS, max_size=8, unique=True))):
        k = draw(st.integers(0, len(symbols)))
        v = draw(st.floats(2.1, 40)) * draw(st.sampled_from([1, -1]))
        row = EvidenceRow(
            id="",
            kind="term",
            source="HPO",
            term_id=f"HP:{number:07d}",
            label=label,
            p=draw(st.floats(0, 1)),
            k=k,
            n=len(symbols),
        )
        if kind == "functional":
            row = replace(row, fdr=draw(st.floats(0, 0.05)), genes=tuple(symbols[:k]))
        else:
            row = replace(row, v=v, direction="over" if v > 0 else "under")
        rows.append(row)
    return build_packet(
        cluster_type=kind,
        cluster_hash="0" * 64,
        name="n",
        members=[Member(f"HGNC:{i}", symbol) for i, symbol in enumerate(symbols)],
        rows=rows,
        data_releases={},
    )


@settings(max_examples=150, deadline=None)
@given(packets())
def test_any_packet_gives_a_text_that_can_be_shown(packet: EvidencePacket) -> None:
    """Whatever the labels say: the floor must hold."""
    report = Checker().check(template_summary(packet), packet)
    assert report.publishable, report.findings
    assert render(typed(report.summary), packet).markdown()


@pytest.mark.parametrize(
    "label",
    ["Axon Guidance R-HSA-422475", "HP:0", "hsa04360 of KEGG:04360", "KEGG_DRUG_TREATMENT_MG"],
)
def test_what_a_label_says_is_not_held_against_the_text(label: str) -> None:
    packet = functional_packet()
    named = replace(packet, rows=tuple(replace(row, label=label) for row in packet.rows[:1]))
    report = Checker().check(template_summary(named), named)
    assert report.publishable, report.findings
    summary = typed(report.summary)
    assert label in render(summary, named).title, summary.title


@pytest.mark.parametrize("length", [5, 21, 25, 31, 200])
def test_long_symbols_and_term_ids_are_taken_as_the_packet_has_them(length: int) -> None:
    packet = functional_packet()
    genes = tuple(f"{letter * (length - 1)}1" for letter in "ABCDE")
    rows = tuple(
        replace(row, genes=genes, term_id=f"GO:{'9' * (length - 3)}") for row in packet.rows
    )
    members = tuple(
        replace(member, label=genes[number % 5]) for number, member in enumerate(packet.members)
    )
    named = replace(packet, rows=rows, members=members)
    report = Checker().check(template_summary(named), named)
    assert report.publishable, report.findings
    assert genes[0] in render(typed(report.summary), named).narrative
