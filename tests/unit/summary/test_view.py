"""What models are shown of a packet: how much at most, which genes, and that texts still pass."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member
from cluster_assets.core.packet import build_packet, shorter_packet
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.judge import judge_messages, judge_wire_schema
from cluster_assets.core.summary.prompts import Prompt, writer_messages
from cluster_assets.core.summary.reading import wire_schema
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.view import MAX_GENES, MAX_TYPICAL, packet_view, row_views
from cluster_assets.llm.model import Message, ModelRequest
from cluster_assets.llm.offline import OfflineClient
from cluster_assets_bench.testing.replies import understand
from support.packets import (
    GENES,
    NONCE,
    VOCABULARY,
    changed,
    functional_packet,
    functional_summary,
    phenotype_packet,
    plain,
)

BUDGET = 6000  # tokens of the prompt with its schema, at four characters a token
CHECKER = Checker(VOCABULARY)


def functional(n: int, n_rows: int = 20) -> EvidencePacket:
    """Genes of which every row lists more than half."""
    symbols = [f"GENE{i}AS1" for i in range(n)]
    rows = [
        _row(f"GO:{i:07}", f"regulation of process number {i} of the cell", n,
             fdr=1.2345678901e-12 * (i + 1), genes=tuple(symbols[i % 3 : n // 2 + 2 + i]))
        for i in range(n_rows)
    ]  # fmt: skip
    return _packet("functional", [Member(f"HGNC:{i}", s) for i, s in enumerate(symbols)], rows)


def phenotype(n: int, n_rows: int = 85) -> EvidencePacket:
    """Entities with the most rows that the embedded data has for a cluster."""
    rows = [
        _row(f"HP:{i:07}", f"Abnormal morphology of structure {i}", n, v=40.123456789012345 - i)
        for i in range(n_rows)
    ]
    names = [f"Intellectual developmental disorder with long name {i}" for i in range(n)]
    return _packet("phenotype", [Member(f"HGNC:{i}|OMIM:{i}|-", s) for i, s in enumerate(names)],
                   rows)  # fmt: skip


def _row(term_id: str, label: str, n: int, **values) -> EvidenceRow:
    direction = "under" if values.get("v", 1) < 0 else "over"
    k = len(values.get("genes", ())) or n // 2
    return EvidenceRow("", "term", "HPO", term_id, label, 1.2345678901e-13, direction, k=k, n=n,
                       **values)  # fmt: skip


def _packet(cluster_type, members: list[Member], rows: list[EvidenceRow]) -> EvidencePacket:
    return build_packet(
        cluster_type=cluster_type,
        cluster_hash="cd" * 32,
        name=f"Regulation ({len(members)})",
        members=members,
        rows=rows,
        data_releases={"HPO": "2025-01-16"},
    )


def tokens(prompt: Prompt, schema: dict[str, object]) -> int:
    return (sum(len(text) for _, text in prompt) + len(json.dumps(schema))) // 4


@settings(max_examples=12, deadline=None)
@given(st.sampled_from([functional, phenotype]), st.integers(3, 5000))
def test_prompts_are_short_whatever_the_size_of_the_cluster(make, n: int) -> None:
    packet = make(n)
    writer = writer_messages(packet, nonce=NONCE)
    assert tokens(writer, wire_schema(packet.cluster_type)) <= BUDGET
    judge = judge_messages(template_summary(packet), packet, nonce=NONCE)
    assert tokens(judge, judge_wire_schema()) <= BUDGET
    assert sum(member.label in writer[1][1] for member in packet.members) <= MAX_TYPICAL + 12
    assert f'"n_members":{n}' in writer[1][1]


@pytest.mark.parametrize("packet", [functional(300), phenotype(300)], ids=["genes", "entities"])
def test_rows_stand_on_lines_of_their_own(packet: EvidencePacket) -> None:
    prompts = [writer_messages(packet, nonce=NONCE)]
    prompts.append(judge_messages(template_summary(packet), packet, nonce=NONCE))
    for prompt in prompts:
        lines = [line.rstrip(",") for line in prompt[1][1].splitlines() if '"term_id"' in line]
        ids = [json.loads(line)["id"] for line in lines]
        assert ids == [row.id for row in packet.rows if row.id in ids]
        assert len(ids) == len(set(ids)) > 5
    assert not any('"members"' in text for prompt in prompts for _, text in prompt)


def test_typical_members_are_in_most_rows_and_ties_go_by_symbol() -> None:
    view = packet_view(functional_packet())
    # in 5 rows, in 3, in 2
    assert view["typical_members"] == ["SYNGAP1", "GRIN2B", "SHANK3", "STXBP1", "DLG4", "NRXN1"]
    assert view["rows"][1]["genes"] == ["SYNGAP1", "GRIN2B", "STXBP1", "DLG4", "NRXN1"]
    other_order = replace(functional_packet(), members=functional_packet().members[::-1])
    assert packet_view(other_order)["typical_members"] == view["typical_members"]


def test_nothing_tells_which_entities_are_typical() -> None:
    view = packet_view(phenotype_packet())
    assert "typical_members" not in view
    assert "Disorder" not in json.dumps(view)


def test_the_judge_is_shown_a_gene_that_the_text_names() -> None:
    packet = functional(300)
    last = packet.rows[0].genes[-1]
    [view] = row_views(packet, packet.rows[:1])
    assert len(view["genes"]) == MAX_GENES
    assert last not in view["genes"]
    [view] = row_views(packet, packet.rows[:1], f"{last} is a member")
    assert last in view["genes"]
    written = template_summary(packet)
    first = written.claims[0]
    told = first.reworded(f"{first.text} So it is for {{{{G:{last}}}}}.")
    summary = written.model_copy(update={"claims": (told, *written.claims[1:])})
    assert last in judge_messages(summary, packet, nonce=NONCE)[1][1].split('"items"')[0]


@pytest.mark.parametrize("packet", [functional(300), phenotype(300)], ids=["genes", "entities"])
def test_a_text_made_from_what_the_prompt_shows_passes_the_checks(packet: EvidencePacket) -> None:
    prompt = "\n".join(text for _, text in writer_messages(packet, nonce=NONCE))
    report = CHECKER.check_json(json.loads(understand(prompt, {}).text), packet)
    assert report.publishable
    assert report.pruned_refs == ()


def test_the_offline_writer_has_the_whole_packet() -> None:
    packet = functional(300)
    prompt = writer_messages(packet, nonce=NONCE)
    request = ModelRequest(
        purpose="write",
        cluster_hash=packet.cluster_hash,
        messages=tuple(Message(role, text) for role, text in prompt),
        wire_schema={},
        schema_name="functional_summary",
        packet=packet,
    )
    reply = asyncio.run(OfflineClient().complete(request))
    assert json.loads(reply.text) == plain(template_summary(packet))


def test_half_of_the_rows_make_a_prompt_that_is_much_shorter() -> None:
    packet = phenotype(1000)
    whole, half = (
        len(writer_messages(one, nonce=NONCE)[1][1]) for one in (packet, shorter_packet(packet))
    )
    assert half < 0.6 * whole


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("title.text", "HOMER1 and the {{E01}}"),
        ("title.text", "{{G:HOMER1}} and the {{E01}}"),
        ("claims.1.text", "{{G:HOMER1}} is among the members annotated to {{E01}}."),
    ],
)
def test_a_member_that_no_row_lists_is_not_named(path: str, text: str) -> None:
    packet = functional_packet()
    unlisted = replace(packet, members=(*packet.members, Member(GENES["HOMER1"], "HOMER1")))
    summary = changed(functional_summary(), path, text)
    assert "D05" in CHECKER.check_json(summary, unlisted).codes
    listed = replace(packet.rows[0], genes=(*packet.rows[0].genes, "HOMER1"))
    with_row = replace(unlisted, rows=(listed, *packet.rows[1:]))
    assert "D05" not in CHECKER.check_json(summary, with_row).codes
