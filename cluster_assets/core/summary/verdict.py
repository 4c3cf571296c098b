"""The verdict on a summary, computed by code from checks and labels, and when a cluster is due.

Pure policy: times and counts come in as values. What is stored and asked is for `batch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import is_sufficient
from cluster_assets.core.summary.checks.pruning import remove
from cluster_assets.core.summary.checks.report import CheckReport
from cluster_assets.core.summary.checks.whole import top_rows
from cluster_assets.core.summary.confidence import derive_confidence, lower
from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.judge import Judgement, label_findings
from cluster_assets.core.summary.reasons import REASONS, REJECT_REASONS, STAND_IN_REASONS, StandIn
from cluster_assets.core.summary.schema import Confidence

VerdictName = Literal["accept", "low_confidence", "reject"]
Source = Literal["llm", "llm_fallback", "template"]
JudgeState = Literal["unavailable", "not_run"]
JudgeLayer = Literal["pass", "fail", "incomplete", "unavailable", "not_run"]

MIN_CLAIMS = 2
MAX_REMOVED = 1  # items that may be missing from a text that is accepted
RETRY_AFTER: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What code decides about one text.

    Attributes:
        verdict: accept, low_confidence or reject.
        reasons: keys of `REASONS`, in words by `reason_texts`.
        summary: what is published, None when rejected.
        confidence: what is published: the lower of the model's and the derived one.
        confidence_derived: 0 to 1.
        judge: what came of judging.
        removed_by_checks: refs as the writer numbered them.
        removed_by_judge: refs as numbered after the checks had pruned.
        claims_kept: sentences left, and
        claims_removed: sentences taken out.
        findings: what to feed back to the writer.
    """

    verdict: VerdictName
    reasons: tuple[str, ...]
    summary: Mapping[str, Any] | None
    confidence: Confidence
    confidence_derived: float
    judge: JudgeLayer
    removed_by_checks: tuple[str, ...]
    removed_by_judge: tuple[str, ...]
    claims_kept: int
    claims_removed: int
    findings: tuple[Finding, ...]

    @property
    def is_publishable(self) -> bool:
        """Whether a reader may see the text."""
        return self.verdict != "reject"

    @property
    def judge_pending(self) -> bool:
        """Whether the text is to be judged, not written, when the cluster next comes by."""
        return self.is_publishable and self.judge == "unavailable"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of checks and labels, each once, sorted."""
        return tuple(sorted({finding.code for finding in self.findings}))

    @property
    def reason_texts(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(REASONS[reason] for reason in self.reasons)


def decide(
    *,
    report: CheckReport,
    packet: EvidencePacket,
    judgement: Judgement | JudgeState,
    source: Source,
    stand_in: StandIn | None = None,
) -> Verdict:
    """Decide about a text.

    Args:
        report: of the checks.
        packet: the evidence.
        judgement: labels for the summary as the checks left it; `unavailable` when the judge could
            not be reached, `not_run` for templates and where the checks already rejected.
        source: who wrote it.
        stand_in: for a template: why it stands where a model's text should; None when the evidence
            is too thin for a model, which makes the template final.
    """
    if report.summary is None or not report.publishable:
        return _rejected(report, packet, _reject_reasons(report), "not_run")
    labels = judgement if isinstance(judgement, Judgement) else None
    layer = _layer(judgement)
    unheld = () if labels is None else _unheld(labels)
    findings = (*report.findings, *(() if labels is None else label_findings(labels)))
    summary = remove(report.summary, unheld)
    if labels is not None:
        fatal = _fatal(labels, summary, report.summary, packet)
        if fatal:
            return _rejected(report, packet, fatal, layer, unheld, findings)
    reasons = _reserves(report, packet, labels, layer, unheld, source, stand_in)
    derived = derive_confidence(packet)
    return Verdict(
        verdict="low_confidence" if reasons else "accept",
        reasons=reasons,
        summary=summary,
        confidence=lower(summary["confidence"], derived.level),
        confidence_derived=derived.value,
        judge=layer,
        removed_by_checks=report.pruned_refs,
        removed_by_judge=unheld,
        claims_kept=len(summary["claims"]) + len(summary["clinical_relevance"]),
        claims_removed=sum(_is_claim(ref) for ref in (*report.pruned_refs, *unheld)),
        findings=findings,
    )


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What decides whether a stored summary still counts as cached.

    Attributes:
        stand_in: None when the text is final.
        judge_pending: the judge could not be reached.
        next_try_at: earliest next attempt after rejected ones; None with
        failure_key: the key that failed, means not until the key changes.
        expires_at: end of its life.
    """

    stand_in: StandIn | None
    judge_pending: bool
    next_try_at: datetime | None
    failure_key: str | None
    expires_at: datetime


def is_due(
    entry: CacheEntry | None,
    *,
    now: datetime,
    model_configured: bool,
    failure_key: str | None = None,
) -> Literal["write", "judge"] | None:
    """Tell what a cluster needs that a clustering has come by.

    Args:
        entry: what is stored, None when nothing is.
        now: the time.
        model_configured: whether a language model is set, not the offline writer.
        failure_key: what an attempt now would be made with (packet, models, prompts).

    Returns:
        `write`, `judge` (the text stays, only labels are wanted), or None when it is cached.
    """
    if entry is None or now >= entry.expires_at:
        return "write"
    if entry.stand_in in {"outage", "error"}:
        return "write"
    if not model_configured:
        return None
    if entry.stand_in is None:
        return "judge" if entry.judge_pending else None
    if entry.stand_in == "no_model":
        return "write"
    changed = failure_key is not None and failure_key != entry.failure_key
    waited = entry.next_try_at is not None and now >= entry.next_try_at
    return "write" if changed or waited else None


def retry_after(n_content_failures: int) -> timedelta | None:
    """Return how long a cluster rests after so many rounds of rejected attempts; None for ever."""
    rounds = max(n_content_failures, 1)
    return RETRY_AFTER[rounds - 1] if rounds <= len(RETRY_AFTER) else None


def may_replace(old: tuple[VerdictName, Source], new: tuple[VerdictName, Source]) -> bool:
    """Tell whether a text may take the place of a stored one: never a worse one.

    Args:
        old: verdict and source of what is stored.
        new: of what has come.
    """
    return _rank(*new) >= _rank(*old)


def _rank(verdict: VerdictName, source: Source) -> int:
    if verdict == "reject":
        return 0
    if source == "template":
        return 1
    return 3 if verdict == "accept" else 2


def _reserves(
    report: CheckReport,
    packet: EvidencePacket,
    labels: Judgement | None,
    layer: JudgeLayer,
    unheld: tuple[str, ...],
    source: Source,
    stand_in: StandIn | None,
) -> tuple[str, ...]:
    """Return every reason for less than `accept`, most important first."""
    by_code = source == "template"
    thin = not is_sufficient(packet) or (by_code and stand_in is None)
    kept = [] if labels is None else [x for x in labels.labels.values() if x.ref not in unheld]
    reserves = {
        STAND_IN_REASONS[stand_in or "no_model"]: stand_in is not None,
        "insufficient_evidence": thin or (report.summary or {}).get("insufficient_evidence", False),
        "statements_removed": len(report.pruned_refs) + len(unheld) > MAX_REMOVED,
        "judge_unavailable": not by_code and layer in {"unavailable", "not_run"},
        "judge_incomplete": layer == "incomplete",
        "overclaim": any(label.overclaim for label in kept),
        "inconsistent": labels is not None and not labels.internally_consistent,
        "main_signal_missing": "D15" in report.codes
        or (labels is not None and not labels.main_signal_covered),
        "near_duplicate": "D17" in report.codes,
        "weak_evidence": derive_confidence(packet).level == "low",
    }
    return tuple(reason for reason, applies in reserves.items() if applies)


def _fatal(
    labels: Judgement,
    left: Mapping[str, Any],
    judged: Mapping[str, Any],
    packet: EvidencePacket,
) -> tuple[str, ...]:
    """Return the reasons for which the labels forbid to publish anything."""
    top = {row.id for row in top_rows(packet)}
    title = labels.labels.get("title")
    contradicted = {ref for ref, label in labels.labels.items() if label.support == "contradicted"}
    on_top = any(
        f"claim.{number}" in contradicted and top.intersection(claim["evidence"])
        for number, claim in enumerate(judged["claims"], start=1)
    )
    fatal = {
        "title_unconfirmed": title is not None and not title.holds,
        "main_signal_contradicted": on_top,
        "too_few_statements": len(left["claims"]) < min(MIN_CLAIMS, len(judged["claims"])),
        "foreign_text": labels.contains_instruction_text,
        "other_packet": not labels.describes_this_cluster,
    }
    return tuple(reason for reason, applies in fatal.items() if applies)


def _rejected(
    report: CheckReport,
    packet: EvidencePacket,
    reasons: tuple[str, ...],
    layer: JudgeLayer,
    unheld: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Verdict:
    return Verdict(
        verdict="reject",
        reasons=reasons,
        summary=None,
        confidence="low",
        confidence_derived=derive_confidence(packet).value,
        judge=layer,
        removed_by_checks=report.pruned_refs,
        removed_by_judge=unheld,
        claims_kept=0,
        claims_removed=sum(_is_claim(ref) for ref in (*report.pruned_refs, *unheld)),
        findings=findings or report.findings,
    )


def _reject_reasons(report: CheckReport) -> tuple[str, ...]:
    reasons = [REJECT_REASONS[code] for code in report.rejected if code in REJECT_REASONS]
    title_codes = {f.code for f in report.findings if f.ref == "title"} - set(REJECT_REASONS)
    if title_codes.intersection(report.rejected):
        reasons.append("title_unconfirmed")
    if report.n_claims < MIN_CLAIMS and report.pruned_refs:
        reasons.append("too_few_statements")
    return tuple(dict.fromkeys(reasons))


def _layer(judgement: Judgement | JudgeState) -> JudgeLayer:
    if not isinstance(judgement, Judgement):
        return judgement
    if judgement.void or judgement.missing:
        return "incomplete"
    clean = all(label.is_clean for label in judgement.labels.values())
    return "pass" if clean else "fail"


def _unheld(labels: Judgement) -> tuple[str, ...]:
    return tuple(ref for ref, label in labels.labels.items() if not label.holds and ref != "title")


def _is_claim(ref: str) -> bool:
    return ref.startswith(("claim.", "clinical."))
