"""From a decided text to the stored summary, and which text may replace which."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from cluster_assets.batch.asking import Spent
from cluster_assets.batch.due import failure_key
from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.caching import may_replace, retry_after
from cluster_assets.core.summary.judge import judge_prompt_version
from cluster_assets.core.summary.prompts import writer_prompt_version
from cluster_assets.core.summary.reasons import StandIn
from cluster_assets.core.summary.rendering import RenderedSummary, render
from cluster_assets.core.summary.schema import Summary
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.verdict import Source, Verdict, VerdictName, decide
from cluster_assets.errors import TextError
from cluster_assets.llm.model import OFFLINE_MODEL
from cluster_assets.llm.redact import redact
from cluster_assets.store.records import StoredCluster, StoredSummary, SummaryRecord

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation

TEMPLATE_FAILED = "template_failed"
_SHOWN = 3  # findings in a message
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummaryDraft:
    """A text that passed its verdict and is to be published.

    Attributes:
        verdict: the verdict.
        raw: the summary as written, with tokens, before checks and judge removed anything.
        source: the kind of writer.
        model: name of the writer.
        judge_model: name of the judge, None when there is none.
        stand_in: for a template: why it replaces a model's text.
        n_attempts: number of content attempts.
    """

    verdict: Verdict
    raw: Summary
    source: Source
    model: str
    judge_model: str | None = None
    stand_in: StandIn | None = None
    n_attempts: int = 1


def template_draft(
    installation: Installation,
    cluster: StoredCluster,
    stand_in: StandIn | None,
    siblings: Sequence[str],
) -> SummaryDraft:
    """Write the template summary of a cluster; it is subject to the same checks and verdict.

    Raises:
        TextError: `CA-701`, the template cannot be written or does not pass. This is a bug; the
            cluster stays without a text, and other clusters are not affected.
    """
    try:
        raw = template_summary(cluster.packet)
        report = installation.checker.check(raw, cluster.packet, siblings)
        verdict = decide(
            report=report,
            packet=cluster.packet,
            judgement="not_run",
            source="template",
            stand_in=stand_in,
        )
    except Exception as error:
        _log.exception("the template of cluster %s cannot be written", cluster.cluster_hash)
        raise _template_fault(cluster, f"{type(error).__name__}: {error}") from error
    if not verdict.is_publishable:
        found = [f"{finding.ref} {finding.code}" for finding in verdict.findings]
        raise _template_fault(cluster, ", ".join(found[:_SHOWN]))
    return SummaryDraft(verdict, raw, "template", OFFLINE_MODEL, stand_in=stand_in)


def _template_fault(cluster: StoredCluster, what: str) -> TextError:
    key = cluster.cluster_hash
    return TextError(
        "CA-701",
        f"the cluster `{cluster.name}` ({key[:12]}) has no text: the template, which needs no"
        f" model, does not pass its checks ({redact(what)}). Other clusters are not affected. This"
        " is a bug: please report it with the output of"
        f" `cluster-assets show {key[:12]} --json`",
        cluster_hash=key,
    )


def leave_pending(installation: Installation, fault: TextError) -> None:
    """Record that a cluster has no text, so that it does not block the publication."""
    _log.error("%s", fault)
    installation.store.note_pending(str(fault.context["cluster_hash"]), TEMPLATE_FAILED)


def keep_better(
    installation: Installation,
    cluster: StoredCluster,
    old: StoredSummary | None,
    draft: SummaryDraft,
    spent: Spent,
) -> StoredSummary:
    """Store a text unless the stored one is better; return the one that readers see now."""
    new = _stored(installation, cluster, draft, spent)
    if old is not None and not may_replace(_rank(old), (draft.verdict.verdict, draft.source)):
        return old
    installation.store.save_summary(new)
    return new


def stand_in(
    installation: Installation,
    cluster: StoredCluster,
    old: StoredSummary | None,
    draft: SummaryDraft,
    spent: Spent,
) -> StoredSummary:
    """Store the template of a cluster without a usable model text, and when to try again.

    A stored model text stays; if it has expired, its life is extended until the next attempt.
    """
    now = installation.now()
    new = _stored(installation, cluster, draft, spent)
    if draft.stand_in == "rejected":
        key = failure_key(installation.settings, cluster.packet)
        rounds = old.n_content_failures + 1 if old and old.failure_key == key else 1
        rest = retry_after(rounds)
        failures = {
            "n_content_failures": rounds,
            "failure_key": key,
            "next_try_at": None if rest is None else now + rest,
        }
        new = replace(new, **failures)
        if old is not None and old.stand_in is None:
            old = replace(old, **failures, expires_at=now + (rest or _ttl(installation)))
    kept = old if old is not None and old.stand_in is None else new
    installation.store.save_summary(kept)
    return kept


def with_judgement(
    installation: Installation, old: StoredSummary, verdict: Verdict, judge_model: str | None
) -> StoredSummary:
    """Store the verdict on a text that was published before it could be judged."""
    rendered = _rendered(verdict, old.packet)
    new = replace(
        old,
        verdict=_stored_verdict(verdict),
        reasons=verdict.reasons,
        confidence=verdict.confidence,
        title=rendered.title,
        narrative=rendered.narrative,
        summary_json=rendered.summary_json,
        record=_with_verdict(old.record, verdict),
        judge_model=judge_model,
        judge_prompt_version=judge_prompt_version(),
        judge_pending=False,
        validated_at=installation.now(),
    )
    installation.store.save_summary(new)
    return new


def _stored(
    installation: Installation, cluster: StoredCluster, draft: SummaryDraft, spent: Spent
) -> StoredSummary:
    verdict, now = draft.verdict, installation.now()
    rendered = _rendered(verdict, cluster.packet)
    written = SummaryRecord(
        raw=draft.raw.model_dump(mode="json"),
        attempts=draft.n_attempts,
        requests=spent.usage.requests,
        tokens_in=spent.usage.tokens_in,
        tokens_out=spent.usage.tokens_out,
        cost_usd=spent.usage.cost_usd,
        latency_s=round(spent.latency_s, 3),
    )
    return StoredSummary(
        cluster_hash=cluster.cluster_hash,
        verdict=_stored_verdict(verdict),
        reasons=verdict.reasons,
        confidence=verdict.confidence,
        source=draft.source,
        stand_in=draft.stand_in,
        title=rendered.title,
        narrative=rendered.narrative,
        summary_json=rendered.summary_json,
        packet=cluster.packet,
        packet_sha256=packet_sha256(cluster.packet),
        record=_with_verdict(written, verdict),
        model=draft.model,
        prompt_version=writer_prompt_version(cluster.packet.cluster_type),
        judge_model=draft.judge_model,
        judge_prompt_version=judge_prompt_version() if draft.judge_model else None,
        judge_pending=verdict.judge_pending,
        n_content_failures=0,
        next_try_at=None,
        failure_key=None,
        generated_at=now,
        validated_at=now,
        expires_at=now + _ttl(installation),
    )


def _rendered(verdict: Verdict, packet: EvidencePacket) -> RenderedSummary:
    if verdict.summary is None:
        raise ValueError(f"a rejected text is not stored: {', '.join(verdict.codes)}")
    return render(verdict.summary, packet)


def _stored_verdict(verdict: Verdict) -> Literal["accept", "low_confidence"]:
    return "accept" if verdict.verdict == "accept" else "low_confidence"


def _with_verdict(record: SummaryRecord, verdict: Verdict) -> SummaryRecord:
    return replace(
        record,
        codes=verdict.codes,
        judge=verdict.judge,
        removed_by_checks=verdict.removed_by_checks,
        removed_by_judge=verdict.removed_by_judge,
        claims_kept=verdict.claims_kept,
        claims_removed=verdict.claims_removed,
        confidence_derived=verdict.confidence_derived,
    )


def _rank(stored: StoredSummary) -> tuple[VerdictName, Source]:
    sources: dict[str, Source] = {"llm": "llm", "llm_fallback": "llm_fallback"}
    return stored.verdict, sources.get(stored.source, "template")


def _ttl(installation: Installation) -> timedelta:
    return timedelta(days=installation.settings.ttl_days)
