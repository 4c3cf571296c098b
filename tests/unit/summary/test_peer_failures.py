"""The peer's recorded failures, each with the test that would have caught it.

The numbers are those of the list of incidents of SysNDD's own summaries. Those that concern the
store, the batch or the orchestration (13, 15, 31) are tested there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.packet import is_sufficient
from cluster_assets.core.summary import prompts
from cluster_assets.core.summary.caching import CacheEntry, is_due, may_replace
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.confidence import derive_confidence
from cluster_assets.core.summary.judge import judge_messages, judged_parts, parse_judgement
from cluster_assets.core.summary.prompts import extract_packet, writer_messages
from cluster_assets.core.summary.rendering import render
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.verdict import decide
from cluster_assets_bench.testing.replies import extract_items
from support.judging import reply_for
from support.packets import (
    NONCE,
    VOCABULARY,
    bare_packet,
    changed,
    depleted_packet,
    functional_packet,
    functional_summary,
    large_packet,
    phenotype_packet,
    phenotype_summary,
    plain,
    typed,
)

CHECKER = Checker(VOCABULARY)


def prompt_of(packet) -> str:
    return "\n".join(text for _, text in writer_messages(packet, nonce=NONCE))


def test_peer_01_no_model_is_asked_on_empty_evidence() -> None:
    """All five phenotype summaries were made up: the model had seen gene symbols only."""
    empty = replace(phenotype_packet(), rows=())
    assert not is_sufficient(empty)
    assert not is_sufficient(bare_packet())
    report = CHECKER.check(template_summary(empty), empty)
    assert report.publishable
    assert report.n_claims == 0


def test_peer_01_a_summary_that_says_the_opposite_of_the_data_loses_its_claims() -> None:
    turned = changed(phenotype_summary(), "claims.1.polarity", "over")
    turned = changed(turned, "claims.1.text", "{{E04}} is recorded more often here than elsewhere.")
    report = CHECKER.check_json(turned, phenotype_packet())
    assert "claim.2" in report.pruned_refs
    assert "D08" in report.codes


@pytest.mark.parametrize("packet", [functional_packet(), phenotype_packet()])
def test_peer_02_the_prompt_holds_labels_beside_the_ids(packet) -> None:
    """The prompt held bare GO ids and the model invented what they stood for."""
    prompt = prompt_of(packet)
    for row in packet.rows:
        assert f'"label":"{row.label}"' in prompt
        assert f'"term_id":"{row.term_id}"' in prompt


def test_peer_03_writer_judge_and_checks_see_the_same_rows() -> None:
    """The judge saw the top 15 rows, the writer all: true statements looked made up."""
    packet = large_packet()
    written = prompt_of(packet)
    assert [row.id for row in extract_packet(written).rows] == [row.id for row in packet.rows]
    last = packet.rows[-1]
    claim = {
        "evidence": [last.id],
        "kind": "phenotype_under",
        "hedge": "stated",
        "polarity": "under",
        "text": f"{{{{{last.id}}}}} is recorded less often here than elsewhere.",
    }
    summary = plain(template_summary(packet))
    summary["claims"].append(claim)
    assert CHECKER.check_json(summary, packet).codes == ()
    judged = judge_messages(typed(summary), packet, nonce=NONCE)[1][1]
    items = extract_items(judged)["items"]
    shown = {row["id"]: row for item in items for row in item["cited"] + item["nearby"]}
    assert shown[last.id]["label"] == last.label
    rows = {line.rstrip(",") for line in judged.splitlines() if line.startswith('{"id"')}
    assert len(rows) >= len(shown)
    assert rows <= {line.rstrip(",") for line in written.splitlines()}


def test_peer_04_the_judge_cannot_deny_rows_that_are_there_nor_change_the_text() -> None:
    """Five of five terms that the judge called absent were in the data."""
    packet, summary = functional_packet(), functional_summary()
    reply = reply_for(
        summary, packet, **{"claim.2": {"support": "no_evidence", "evidence_used": []}}
    )
    judgement = parse_judgement(reply, typed(summary), packet).value
    assert judgement is not None
    assert judgement.void == ("claim.2",)
    verdict = decide(
        report=CHECKER.check_json(summary, packet), packet=packet, judgement=judgement, source="llm"
    )
    assert verdict.summary is not None
    assert plain(verdict.summary)["claims"] == summary["claims"]
    with_text = reply.replace('"items"', '"corrected_summary": "x", "items"')
    assert parse_judgement(with_text, typed(summary), packet).value is None


def test_peer_05_every_field_that_a_reader_sees_is_judged_or_is_a_label() -> None:
    """Tags, clinical relevance and hints were published and never shown to the judge."""
    packet, summary = functional_packet(), functional_summary()
    summary = changed(summary, "clinical_relevance", [summary["claims"][2]])
    judged = {part.text for part in judged_parts(typed(summary), packet)}
    labels = {row.label.casefold() for row in packet.rows}
    shown = render(typed(summary), packet)
    for text in (
        shown.title,
        *(sentence.text for sentence in shown.sentences),
        *shown.themes,
        *shown.tags,
    ):
        assert text in judged or text.casefold() in labels


def test_peer_05_removing_tags_keeps_the_schema_and_the_tags_that_are_stored() -> None:
    bad = changed(functional_summary(), "tags.0.tag", "muscle")
    report = CHECKER.check_json(bad, functional_packet())
    assert report.summary is not None
    assert render(report.summary, functional_packet()).tags == (
        "synaptic transmission",
        "absent speech",
    )


def test_peer_06_a_depleted_cluster_is_published_and_faults_are_cut_out_one_by_one() -> None:
    """There was no way to correct the text: a sparse, depleted cluster was rejected for ever."""
    packet = depleted_packet()
    summary = plain(template_summary(packet))
    summary["claims"].append(
        {**summary["claims"][0], "text": "Genes of {{E01}} are expressed less often here."}
    )
    report = CHECKER.check_json(summary, packet)
    assert report.publishable
    assert report.pruned_refs == (f"claim.{len(summary['claims'])}",)


def test_peer_07_a_rejection_keeps_its_reasons() -> None:
    """Reasons were thrown away and the card said "being prepared" for ever."""
    bad = changed(functional_summary(), "title.text", "Role of BRCA1 genes")
    report = CHECKER.check_json(bad, functional_packet())
    verdict = decide(report=report, packet=functional_packet(), judgement="not_run", source="llm")
    assert verdict.verdict == "reject"
    assert verdict.reason_texts
    assert ("title", "D05", "BRCA1") in {(f.ref, f.code, f.span) for f in verdict.findings}


def test_peer_09_one_hash_whatever_the_order_and_the_spelling() -> None:
    """Batch and API hashed the same cluster in two ways."""
    members = ["HGNC:14294", "HGNC:2903", "HGNC:8008"]
    expected = cluster_hash("functional", members, "HGNC")
    assert cluster_hash("functional", [" hgnc:2903", *members[::-1]], "HGNC") == expected
    assert cluster_hash("phenotype", [f"{m}|OMIM:1|-" for m in members], "entity") != expected


def test_peer_14_an_accepted_text_is_not_retired_for_a_worse_one() -> None:
    """A rejected regeneration retired a good summary."""
    assert not may_replace(("accept", "llm"), ("low_confidence", "llm"))
    assert not may_replace(("low_confidence", "llm"), ("low_confidence", "template"))
    assert may_replace(("low_confidence", "template"), ("low_confidence", "llm"))


def test_peer_16_a_new_prompt_does_not_make_a_final_text_due() -> None:
    """A bump of the prompt version blanked every summary."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    final = CacheEntry(
        stand_in=None,
        judge_pending=False,
        next_try_at=None,
        failure_key=None,
        expires_at=now + timedelta(days=1),
    )
    assert is_due(final, now=now, model_configured=True, failure_key="new prompt") is None


def test_peer_17_the_version_follows_the_words_of_the_prompt(tmp_path, monkeypatch) -> None:
    """The prompt was changed under an unchanged version number."""
    before = prompts.digest(("writer.j2",), {})
    for template in prompts._FOLDER.glob("*.j2"):
        (tmp_path / template.name).write_text(template.read_text("utf-8") + " ", "utf-8")
    monkeypatch.setattr(prompts, "_FOLDER", tmp_path)
    assert prompts.digest(("writer.j2",), {}) != before
    assert prompts.digest(("writer.j2",), {"type": "object"}) != prompts.digest(("writer.j2",), {})


def test_peer_18_many_weak_terms_do_not_make_a_strong_cluster_low() -> None:
    """The mean over thousands of terms called 12 of 12 clusters low."""
    packet = functional_packet()
    weak = tuple(
        replace(packet.rows[-1], id=f"E{i}", term_id=f"GO:{i}", fdr=0.049) for i in range(10, 90)
    )
    assert derive_confidence(replace(packet, rows=(*packet.rows, *weak))).level != "low"


@pytest.mark.parametrize("state", ["unavailable", "not_run"])
def test_peer_19_a_judge_that_fails_accepts_nothing(state) -> None:
    """NULL or an API error counted as a usable verdict."""
    verdict = decide(
        report=CHECKER.check_json(functional_summary(), functional_packet()),
        packet=functional_packet(),
        judgement=state,
        source="llm",
    )
    assert verdict.verdict == "low_confidence"
    assert "judge_unavailable" in verdict.reasons


def test_peer_08_a_judge_that_was_down_judges_later_and_nothing_is_written_again() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    waiting = CacheEntry(None, True, None, None, now + timedelta(days=1))
    assert is_due(waiting, now=now, model_configured=True) == "judge"


def test_peer_20_code_blocks_whatever_the_judge_says() -> None:
    """The only gate was a model that is right two times in three."""
    packet = functional_packet()
    bad = changed(functional_summary(), "claims.2.text", "BRCA1 is what {{E04}} is linked to here.")
    bad = changed(bad, "claims.2.evidence", ["E04"])
    report = CHECKER.check_json(bad, packet)
    judgement = parse_judgement(
        reply_for(report.summary, packet), typed(report.summary), packet
    ).value
    assert judgement is not None
    verdict = decide(report=report, packet=packet, judgement=judgement, source="llm")
    assert verdict.summary is not None
    assert "BRCA1" not in render(verdict.summary, packet).narrative


def test_peer_25_what_is_rejected_has_no_text_to_show_and_low_confidence_says_why() -> None:
    """Pending summaries were served as if they were valid."""
    report = CHECKER.check_json({}, functional_packet())
    rejected = decide(report=report, packet=functional_packet(), judgement="not_run", source="llm")
    assert rejected.summary is None
    low = decide(
        report=CHECKER.check_json(functional_summary(), functional_packet()),
        packet=functional_packet(),
        judgement="unavailable",
        source="llm",
    )
    assert low.reason_texts
