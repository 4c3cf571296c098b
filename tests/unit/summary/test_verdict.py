"""The verdict: what is accepted, shown with a reason, or never shown; and when a cluster is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cluster_assets.core.summary.caching import CacheEntry, is_due, may_replace, retry_after
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.judge import Judgement, parse_judgement
from cluster_assets.core.summary.reasons import REASONS
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.verdict import Verdict, decide
from support.judging import reply_for
from support.packets import (
    VOCABULARY,
    bare_packet,
    changed,
    depleted_packet,
    functional_packet,
    functional_summary,
    plain,
    small_packet,
    typed,
)

CHECKER = Checker(VOCABULARY)
PACKET = functional_packet()


def judged(summary: dict[str, Any], whole: dict[str, bool] | None = None, **labels: Any) -> Verdict:
    report = CHECKER.check_json(summary, PACKET)
    judgement: Judgement | str = "not_run"
    if report.publishable:
        reply = reply_for(report.summary, PACKET, whole=whole, **labels)
        value = parse_judgement(reply, typed(report.summary), PACKET).value
        assert value is not None
        judgement = value
    return decide(report=report, packet=PACKET, judgement=judgement, source="llm")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    name: str
    verdict: str
    reasons: tuple[str, ...] = ()
    edits: tuple[tuple[str, Any], ...] = ()
    whole: dict[str, bool] = field(default_factory=dict)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    judge: str = "pass"

    def __str__(self) -> str:
        return self.name


BAD = {"support": "contradicted"}
UNCLEAR = {"support": "no_evidence"}
CASES = [
    Case("clean", "accept"),
    Case("one item pruned", "accept", edits=(("tags.0.tag", "muscle"),)),
    Case(
        "two items pruned",
        "low_confidence",
        ("statements_removed",),
        edits=(("tags.0.tag", "muscle"), ("key_themes.1.label", "Muscle contraction")),
    ),
    Case("one claim unsupported", "accept", labels={"claim.3": UNCLEAR}, judge="fail"),
    Case(
        "a tag pruned and a claim unsupported",
        "low_confidence",
        ("statements_removed",),
        edits=(("tags.0.tag", "muscle"),),
        labels={"claim.3": UNCLEAR},
        judge="fail",
    ),
    Case(
        "overclaim",
        "low_confidence",
        ("overclaim",),
        labels={"claim.3": {"overclaim": True}},
        judge="fail",
    ),
    Case(
        "inconsistent", "low_confidence", ("inconsistent",), whole={"internally_consistent": False}
    ),
    Case(
        "signal missing",
        "low_confidence",
        ("main_signal_missing",),
        whole={"main_signal_covered": False},
    ),
    Case(
        "a void label",
        "low_confidence",
        ("judge_incomplete",),
        labels={"claim.2": {"evidence_used": ["E99"]}},
        judge="incomplete",
    ),
    Case(
        "title unsupported",
        "reject",
        ("title_unconfirmed",),
        labels={"title": UNCLEAR},
        judge="fail",
    ),
    Case(
        "title contradicted", "reject", ("title_unconfirmed",), labels={"title": BAD}, judge="fail"
    ),
    Case(
        "main signal contradicted",
        "reject",
        ("main_signal_contradicted",),
        labels={"claim.1": BAD},
        judge="fail",
    ),
    Case(
        "two of three unsupported",
        "reject",
        ("too_few_statements",),
        labels={"claim.2": UNCLEAR, "claim.3": {"adds_outside_fact": True}},
        judge="fail",
    ),
    Case(
        "instruction seen", "reject", ("foreign_text",), whole={"contains_instruction_text": True}
    ),
    Case("another cluster", "reject", ("other_packet",), whole={"describes_this_cluster": False}),
    Case(
        "treatment",
        "reject",
        ("treatment_advice",),
        edits=(("claims.0.text", "Treat {{E01}} and {{E02}} early on."),),
        judge="not_run",
    ),
    Case(
        "markup",
        "reject",
        ("foreign_text",),
        edits=(("claims.0.text", "<b>The genes</b> share {{E01}} and {{E02}}."),),
        judge="not_run",
    ),
    Case("hash", "reject", ("other_packet",), edits=(("packet_hash", "0" * 64),), judge="not_run"),
    Case("form", "reject", ("wrong_form",), edits=(("confidence", 1),), judge="not_run"),
    Case(
        "title names a stranger",
        "reject",
        ("title_unconfirmed",),
        edits=(("title.text", "Role of BRCA1 genes"),),
        judge="not_run",
    ),
    Case(
        "too many pruned",
        "reject",
        ("too_few_statements",),
        edits=(("claims.0.evidence", ["E77"]), ("claims.1.evidence", ["E77"])),
        judge="not_run",
    ),
    Case(
        "too few to begin with", "reject", ("wrong_form",), edits=(("claims", []),), judge="not_run"
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_policy(case: Case) -> None:
    summary = functional_summary()
    for path, value in case.edits:
        summary = changed(summary, path, value)
    verdict = judged(summary, case.whole, **case.labels)
    assert (verdict.verdict, verdict.reasons, verdict.judge) == (
        case.verdict,
        case.reasons,
        case.judge,
    )
    assert (verdict.summary is None) is (case.verdict == "reject")
    assert verdict.is_publishable is (case.verdict != "reject")


def test_what_the_judge_does_not_confirm_is_taken_out() -> None:
    verdict = judged(functional_summary(), **{"claim.3": UNCLEAR, "tag.1": BAD})
    assert verdict.summary is not None
    assert plain(verdict.summary)["claims"] == functional_summary()["claims"][:2]
    assert [tag.tag for tag in verdict.summary.tags] == [
        "synaptic transmission",
        "absent speech",
    ]
    assert verdict.removed_by_judge == ("claim.3", "tag.1")
    assert (verdict.claims_kept, verdict.claims_removed) == (2, 1)


def test_feedback_holds_codes_and_none_of_the_judges_words() -> None:
    verdict = judged(
        functional_summary(), **{"claim.1": {**BAD, "reason": "SECRET WORDS of the judge"}}
    )
    assert verdict.codes == ("J01",)
    assert not any("SECRET" in finding.span + finding.allowed for finding in verdict.findings)


@pytest.mark.parametrize("state", ["unavailable", "not_run"])
def test_without_a_judge_a_models_text_is_shown_and_not_accepted(state: Any) -> None:
    report = CHECKER.check_json(functional_summary(), PACKET)
    verdict = decide(report=report, packet=PACKET, judgement=state, source="llm")
    assert (verdict.verdict, verdict.reasons) == ("low_confidence", ("judge_unavailable",))
    assert verdict.judge_pending is (state == "unavailable")


@pytest.mark.parametrize(
    ("packet", "stand_in", "reasons"),
    [
        (PACKET, "no_model", ("no_model",)),
        (PACKET, "outage", ("model_unavailable",)),
        (PACKET, "error", ("model_failed",)),
        (PACKET, "rejected", ("model_rejected",)),
        (small_packet(), "no_model", ("no_model",)),
        (depleted_packet(), "rejected", ("model_rejected",)),
        (bare_packet(), None, ("insufficient_evidence", "weak_evidence")),
    ],
)
def test_a_template_is_always_shown_with_its_reason(packet, stand_in: Any, reasons) -> None:
    report = CHECKER.check(template_summary(packet), packet)
    verdict = decide(
        report=report, packet=packet, judgement="not_run", source="template", stand_in=stand_in
    )
    assert (verdict.verdict, verdict.reasons) == ("low_confidence", reasons)
    assert not verdict.judge_pending


def test_every_reason_has_words() -> None:
    used = {reason for case in CASES for reason in case.reasons}
    assert used <= set(REASONS)
    assert judged(functional_summary(), **{"claim.3": {"overclaim": True}}).reason_texts == (
        REASONS["overclaim"],
    )


def test_the_models_confidence_can_only_lower_the_published_one() -> None:
    assert judged(functional_summary()).confidence == "low"
    assert judged(changed(functional_summary(), "confidence", "high")).confidence == "high"


NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def entry(**changes: Any) -> CacheEntry:
    values: dict[str, Any] = {
        "stand_in": None,
        "judge_pending": False,
        "next_try_at": None,
        "failure_key": None,
        "expires_at": NOW + DAY,
    }
    return CacheEntry(**{**values, **changes})


@pytest.mark.parametrize(
    ("cached", "model", "due"),
    [
        (None, True, "write"),
        (None, False, "write"),
        (entry(), True, None),
        (entry(expires_at=NOW), True, "write"),
        (entry(judge_pending=True), True, "judge"),
        (entry(judge_pending=True), False, None),
        (entry(stand_in="no_model"), False, None),
        (entry(stand_in="no_model"), True, "write"),
        (entry(stand_in="outage"), True, "write"),
        (entry(stand_in="error"), False, "write"),
        (entry(stand_in="rejected", next_try_at=NOW + DAY, failure_key="a"), True, None),
        (entry(stand_in="rejected", next_try_at=NOW, failure_key="a"), True, "write"),
        (entry(stand_in="rejected", next_try_at=None, failure_key="a"), True, None),
        (entry(stand_in="rejected", next_try_at=None, failure_key="b"), True, "write"),
        (entry(stand_in="rejected", next_try_at=NOW, failure_key="a"), False, None),
        (entry(stand_in="rejected", expires_at=NOW), True, "write"),
    ],
)
def test_what_counts_as_cached(cached: CacheEntry | None, model: bool, due: str | None) -> None:
    assert is_due(cached, now=NOW, model_configured=model, failure_key="a") == due


def test_a_model_that_never_passes_is_asked_no_more_in_19_further_clusterings() -> None:
    failures, next_try_at, writes = 0, None, 0
    for clustering in range(20):
        now = NOW + clustering * timedelta(hours=6)
        cached = entry(
            stand_in="rejected",
            next_try_at=next_try_at,
            failure_key="a",
            expires_at=NOW + 365 * DAY,
        )
        if is_due(cached if writes else None, now=now, model_configured=True, failure_key="a"):
            writes += 1
            failures += 1
            wait = retry_after(failures)
            next_try_at = None if wait is None else now + wait
    assert writes == 1


@pytest.mark.parametrize(("n", "days"), [(0, 7), (1, 7), (2, 30), (3, None), (9, None)])
def test_the_waits_grow_and_end(n: int, days: int | None) -> None:
    assert retry_after(n) == (None if days is None else days * DAY)


RANKED = [("low_confidence", "template"), ("low_confidence", "llm"), ("accept", "llm")]


@pytest.mark.parametrize("old", range(3))
@pytest.mark.parametrize("new", range(3))
def test_a_summary_is_never_replaced_by_a_worse_one(old: int, new: int) -> None:
    assert may_replace(RANKED[old], RANKED[new]) is (new >= old)  # type: ignore[arg-type]


def test_a_rejected_text_replaces_nothing() -> None:
    assert not may_replace(("low_confidence", "template"), ("reject", "llm"))
