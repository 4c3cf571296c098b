"""Reading a judge: what it is asked, which of its labels count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.judge import judge_messages, judged_parts, parse_judgement
from cluster_assets_bench.testing.replies import extract_items
from support.judging import labels_for, reply_for
from support.packets import (
    NONCE,
    changed,
    functional_packet,
    functional_summary,
    phenotype_packet,
    phenotype_summary,
    typed,
)

PACKET, SUMMARY = functional_packet(), typed(functional_summary())


def asked(summary: dict[str, Any], packet) -> dict[str, dict[str, Any]]:
    items = extract_items(judge_messages(typed(summary), packet, nonce=NONCE)[1][1])["items"]
    return {item["ref"]: item for item in items}


def test_every_item_with_words_of_its_own_is_judged() -> None:
    refs = [part.ref for part in judged_parts(SUMMARY, PACKET)]
    assert refs == ["title", "claim.1", "claim.2", "claim.3", "theme.2", "tag.1", "tag.2"]
    # theme.1, the pathways and tag.3 are labels of their rows, word for word


def test_pattern_and_syndromicity_are_judged_where_they_say_something() -> None:
    summary = changed(
        changed(phenotype_summary(), "clinical_pattern.value", "metabolic"), "syndromicity", "mixed"
    )
    refs = {part.ref for part in judged_parts(typed(summary), phenotype_packet())}
    assert {"pattern", "syndromicity"} <= refs
    assert not {"pattern", "syndromicity"} & {
        part.ref for part in judged_parts(typed(phenotype_summary()), phenotype_packet())
    }


def test_an_item_comes_with_its_rows_and_five_neighbours_at_most() -> None:
    item = asked(SUMMARY, PACKET)["claim.2"]
    assert [row["id"] for row in item["cited"]] == ["E01"]
    assert len(item["nearby"]) == 4
    assert (
        item["text"] == "SHANK3 and DLG4 are among the members annotated to postsynaptic density."
    )


def test_the_nearest_row_shares_words_or_genes() -> None:
    assert asked(SUMMARY, PACKET)["claim.1"]["nearby"][0]["id"] == "E03"


def test_a_good_reply() -> None:
    parsed = parse_judgement(reply_for(SUMMARY, PACKET), SUMMARY, PACKET)
    assert parsed.findings == ()
    assert parsed.value is not None
    assert parsed.value.void == parsed.value.missing == ()
    assert all(label.is_clean for label in parsed.value.labels.values())


@pytest.mark.parametrize(
    "used", [[], ["E99"], ["E01", "X01"]], ids=["none", "not in the packet", "one of two is not"]
)
def test_a_label_without_rows_of_the_packet_is_void(used: list[str]) -> None:
    reply = reply_for(SUMMARY, PACKET, **{"claim.2": {"evidence_used": used}})
    judgement = parse_judgement(reply, SUMMARY, PACKET).value
    assert judgement is not None
    assert judgement.void == ("claim.2",)
    assert "claim.2" not in judgement.labels


def test_missing_invented_and_repeated_items() -> None:
    items = labels_for(SUMMARY, PACKET)
    items = [item for item in items if item["ref"] != "claim.1"]
    items += [{**items[0], "ref": "claim.9"}, {**items[0], "support": "contradicted"}]
    judgement = parse_judgement(reply_for(SUMMARY, PACKET, items=items), SUMMARY, PACKET).value
    assert judgement is not None
    assert judgement.missing == ("claim.1",)
    assert "claim.9" not in judgement.labels
    assert judgement.labels["title"].support == "supported"  # the first label stands


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I think this is fine.", "D01"),
        ("{}", "D01"),
        (json.dumps({"packet_hash": packet_sha256(PACKET), "items": "all fine"}), "D01"),
        (reply_for(SUMMARY, PACKET).replace(packet_sha256(PACKET), "0" * 64), "D16"),
        (reply_for(SUMMARY, PACKET).replace('"supported"', '"partly supported"'), "D01"),
    ],
    ids=["prose", "empty", "wrong type", "other packet", "wrong enum"],
)
def test_what_cannot_be_read_is_findings(text: str, code: str) -> None:
    parsed = parse_judgement(text, SUMMARY, PACKET)
    assert parsed.value is None
    assert {finding.code for finding in parsed.findings} == {code}


@pytest.mark.parametrize(
    ("label", "holds", "clean"),
    [
        ({}, True, True),
        ({"support": "contradicted"}, False, False),
        ({"support": "no_evidence"}, False, False),
        ({"direction_ok": "no"}, False, False),
        ({"adds_outside_fact": True}, False, False),
        ({"overclaim": True}, True, False),
        ({"direction_ok": "not_applicable"}, True, True),
    ],
)
def test_what_a_label_means(label: dict[str, Any], holds: bool, clean: bool) -> None:
    reply = reply_for(SUMMARY, PACKET, **{"claim.1": label})
    judgement = parse_judgement(reply, SUMMARY, PACKET).value
    assert judgement is not None
    assert (judgement.labels["claim.1"].holds, judgement.labels["claim.1"].is_clean) == (
        holds,
        clean,
    )
