"""The verdict on a summary, computed by code from checks and labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import is_sufficient
from cluster_assets.core.summary.checks.pruning import remove
from cluster_assets.core.summary.checks.report import CheckReport
from cluster_assets.core.summary.checks.whole import top_rows
from cluster_assets.core.summary.confidence import DerivedConfidence, derive_confidence, lower
from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.judge import Judgement, label_findings
from cluster_assets.core.summary.reasons import REASONS, REJECT_REASONS, STAND_IN_REASONS, StandIn
from cluster_assets.core.summary.schema import Confidence, Summary

VerdictName = Literal["accept", "low_confidence", "reject"]
Source = Literal["llm", "llm_fallback", "template"]
JudgeState = Literal["unavailable", "not_run"]
JudgeLayer = Literal["pass", "fail", "incomplete", "unavailable", "not_run"]

MIN_CLAIMS = 2
MAX_REMOVED = 1  # items that may be missing from an accepted text


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of code about one text.

    Attributes:
        verdict: accept, low_confidence or reject.
        reasons: keys of `REASONS`; `reason_texts` has them in words.
        summary: the summary to publish, None when rejected.
        confidence: the level to publish: the lower of the model's and the derived one.
        confidence_derived: 0 to 1.
        judge: outcome of judging.
        removed_by_checks: refs as the writer numbered them.
        removed_by_judge: refs as numbered after the checks had pruned.
        claims_kept: number of sentences left.
        claims_removed: number of sentences removed.
        findings: feedback for the writer.
    """

    verdict: VerdictName
    reasons: tuple[str, ...]
    summary: Summary | None
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
        """Whether the text only needs a judge when the cluster is next clustered."""
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
        report: outcome of the checks.
        packet: the evidence.
        judgement: labels for the summary that the checks left; `unavailable` when the judge could
            not be reached, `not_run` for templates and for texts that the checks rejected.
        source: the writer.
        stand_in: for a template: why it replaces a model's text; None when there is too little
            evidence for a model, which makes the template final.
    """
    return _Decision(report, packet, judgement, source, stand_in).verdict()


@dataclass(frozen=True)
class _Decision:
    """What one decision rests on; arguments as in `decide`."""

    report: CheckReport
    packet: EvidencePacket
    judgement: Judgement | JudgeState
    source: Source
    stand_in: StandIn | None

    @cached_property
    def derived(self) -> DerivedConfidence:
        return derive_confidence(self.packet)

    @property
    def labels(self) -> Judgement | None:
        return self.judgement if isinstance(self.judgement, Judgement) else None

    @cached_property
    def unheld(self) -> tuple[str, ...]:
        """Refs of the items that the judge does not confirm; the title cannot be removed."""
        labels = () if self.labels is None else self.labels.labels.values()
        return tuple(label.ref for label in labels if not label.holds and label.ref != "title")

    @property
    def layer(self) -> JudgeLayer:
        if not isinstance(self.judgement, Judgement):
            return self.judgement
        if self.judgement.void or self.judgement.missing:
            return "incomplete"
        clean = all(label.is_clean for label in self.judgement.labels.values())
        return "pass" if clean else "fail"

    def verdict(self) -> Verdict:
        checked = self.report.summary
        if checked is None or not self.report.publishable:
            return self._verdict("reject", self._reject_reasons(), None)
        left = remove(checked, self.unheld)
        if self.labels is not None:
            fatal = self._fatal(self.labels, left, checked)
            if fatal:
                return self._verdict("reject", fatal, None)
        reasons = self._reservations(checked)
        return self._verdict("low_confidence" if reasons else "accept", reasons, left)

    def _verdict(
        self, verdict: VerdictName, reasons: tuple[str, ...], summary: Summary | None
    ) -> Verdict:
        is_judged = self.report.publishable  # labels for a text that the checks reject do not count
        removed_by_judge = self.unheld if is_judged else ()
        removed = (*self.report.pruned_refs, *removed_by_judge)
        told = label_findings(self.labels) if is_judged and self.labels is not None else ()
        kept = 0 if summary is None else len(summary.claims) + len(summary.clinical_relevance)
        return Verdict(
            verdict=verdict,
            reasons=reasons,
            summary=summary,
            confidence="low" if summary is None else lower(summary.confidence, self.derived.level),
            confidence_derived=self.derived.value,
            judge=self.layer if is_judged else "not_run",
            removed_by_checks=self.report.pruned_refs,
            removed_by_judge=removed_by_judge,
            claims_kept=kept,
            claims_removed=sum(ref.startswith(("claim.", "clinical.")) for ref in removed),
            findings=(*self.report.findings, *told),
        )

    def _reservations(self, checked: Summary) -> tuple[str, ...]:
        """Return every reason against `accept`, most important first."""
        by_code = self.source == "template"
        thin = not is_sufficient(self.packet) or (by_code and self.stand_in is None)
        labels, codes = self.labels, self.report.codes
        kept = [
            label
            for label in (() if labels is None else labels.labels.values())
            if label.ref not in self.unheld
        ]
        n_removed = len(self.report.pruned_refs) + len(self.unheld)
        reservations = {
            STAND_IN_REASONS[self.stand_in or "no_model"]: self.stand_in is not None,
            "insufficient_evidence": thin or checked.insufficient_evidence,
            "statements_removed": n_removed > MAX_REMOVED,
            "judge_unavailable": not by_code and self.layer in {"unavailable", "not_run"},
            "judge_incomplete": self.layer == "incomplete",
            "overclaim": any(label.overclaim for label in kept),
            "inconsistent": labels is not None and not labels.internally_consistent,
            "main_signal_missing": "D15" in codes
            or (labels is not None and not labels.main_signal_covered),
            "near_duplicate": "D17" in codes,
            "weak_evidence": self.derived.level == "low",
        }
        return tuple(reason for reason, applies in reservations.items() if applies)

    def _fatal(self, labels: Judgement, left: Summary, judged: Summary) -> tuple[str, ...]:
        """Return the reasons for which the labels forbid publishing anything."""
        top = {row.id for row in top_rows(self.packet)}
        title = labels.labels.get("title")
        on_top = any(
            top.intersection(claim.cited)
            and (label := labels.labels.get(f"claim.{number}")) is not None
            and label.support == "contradicted"
            for number, claim in enumerate(judged.claims, start=1)
        )
        fatal = {
            "title_unconfirmed": title is not None and not title.holds,
            "main_signal_contradicted": on_top,
            "too_few_statements": len(left.claims) < min(MIN_CLAIMS, len(judged.claims)),
            "foreign_text": labels.contains_instruction_text,
            "other_packet": not labels.describes_this_cluster,
        }
        return tuple(reason for reason, applies in fatal.items() if applies)

    def _reject_reasons(self) -> tuple[str, ...]:
        rejected = self.report.rejected
        reasons = [REJECT_REASONS[code] for code in rejected if code in REJECT_REASONS]
        title_codes = {finding.code for finding in self.report.findings if finding.ref == "title"}
        if (title_codes - set(REJECT_REASONS)).intersection(rejected):
            reasons.append("title_unconfirmed")
        if self.report.n_claims < MIN_CLAIMS and self.report.pruned_refs:
            reasons.append("too_few_statements")
        return tuple(dict.fromkeys(reasons))
