"""From a decided text to the stored record, and what may take the place of what."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cluster_assets.batch.due import failure_key
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.judge import judge_prompt_version
from cluster_assets.core.summary.prompts import writer_prompt_version
from cluster_assets.core.summary.rendering import render
from cluster_assets.core.summary.template import template_summary
from cluster_assets.core.summary.verdict import (
    Source,
    StandIn,
    Verdict,
    VerdictName,
    decide,
    may_replace,
    retry_after,
)
from cluster_assets.errors import TextError
from cluster_assets.llm.model import OFFLINE_MODEL
from cluster_assets.llm.redact import redact
from cluster_assets.store.records import StoredCluster, StoredSummary

if TYPE_CHECKING:
    from cluster_assets.batch.asking import Conversation
    from cluster_assets.batch.installation import Installation

TEMPLATE_FAILED = "template_failed"
_SHOWN = 3  # findings in a message
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummaryDraft:
    """A text that was decided to be published.

    Attributes:
        verdict: what code decided.
        raw: the summary as written, with reference tokens; what a later judge is shown.
        source: who wrote it.
        model: name of the writer.
        judge_model: name of the judge, None when there is none.
        stand_in: for a template: why.
        n_attempts: content attempts.
    """

    verdict: Verdict
    raw: Mapping[str, Any]
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
    """Write the template summary of a cluster; it goes through the same checks and verdict.

    Raises:
        TextError: `CA-701`, it does not pass them or cannot be written: a fault of ours, which no
            reader sees as a text and no other cluster suffers from.
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
        f" model, does not pass its checks ({redact(what)}). The other clusters have theirs. This"
        " is a fault of the software: please report it with what"
        f" `cluster-assets show {key[:12]} --json` prints",
        cluster_hash=key,
    )


def leave_pending(installation: Installation, fault: TextError) -> None:
    """Note that a cluster is without a text, so that it does not hold back the publication."""
    _log.error("%s", fault)
    installation.store.note_pending(str(fault.context["cluster_hash"]), TEMPLATE_FAILED)


def keep_better(
    installation: Installation,
    cluster: StoredCluster,
    old: StoredSummary | None,
    draft: SummaryDraft,
    talk: Conversation,
) -> StoredSummary:
    """Store a text unless a better one is there; return what readers see now."""
    new = _stored(installation, cluster, draft, talk)
    if old is not None and not may_replace(_rank(old), (draft.verdict.verdict, draft.source)):
        return old
    installation.store.save_summary(new)
    return new


def stand_in(
    installation: Installation,
    cluster: StoredCluster,
    old: StoredSummary | None,
    draft: SummaryDraft,
    talk: Conversation,
) -> StoredSummary:
    """Store the template of a cluster that no model text was found for, and when to try again.

    A text that was there stays; if its life was over, it is prolonged until the next attempt.
    """
    now = installation.now()
    new = _stored(installation, cluster, draft, talk)
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
    installation: Installation, old: StoredSummary, draft: SummaryDraft
) -> StoredSummary:
    """Store what a judge made of a text that was published without one."""
    verdict = draft.verdict
    if verdict.summary is None:
        raise ValueError("a rejected text is not stored")
    rendered = render(verdict.summary, old.packet)
    new = replace(
        old,
        verdict=verdict.verdict if verdict.verdict == "accept" else "low_confidence",
        reasons=verdict.reasons,
        confidence=verdict.confidence,
        title=rendered.title,
        narrative=rendered.narrative,
        summary_json=rendered.fields,
        record={**old.record, **_verdict_record(draft)},
        judge_model=draft.judge_model,
        judge_prompt_version=judge_prompt_version(),
        judge_pending=False,
        validated_at=installation.now(),
    )
    installation.store.save_summary(new)
    return new


def _stored(
    installation: Installation, cluster: StoredCluster, draft: SummaryDraft, talk: Conversation
) -> StoredSummary:
    verdict, now = draft.verdict, installation.now()
    if verdict.summary is None:
        raise ValueError(f"a rejected text is not stored: {', '.join(verdict.codes)}")
    rendered = render(verdict.summary, cluster.packet)
    return StoredSummary(
        cluster_hash=cluster.cluster_hash,
        verdict="accept" if verdict.verdict == "accept" else "low_confidence",
        reasons=verdict.reasons,
        confidence=verdict.confidence,
        source=draft.source,
        stand_in=draft.stand_in,
        title=rendered.title,
        narrative=rendered.narrative,
        summary_json=rendered.fields,
        packet=cluster.packet,
        packet_sha256=packet_sha256(cluster.packet),
        record={
            **_verdict_record(draft),
            "raw": dict(draft.raw),
            "attempts": draft.n_attempts,
            "requests": talk.usage.requests,
            "tokens_in": talk.usage.tokens_in,
            "tokens_out": talk.usage.tokens_out,
            "cost_usd": talk.usage.cost_usd,
            "latency_s": round(talk.latency_s, 3),
        },
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


def _verdict_record(draft: SummaryDraft) -> dict[str, object]:
    verdict = draft.verdict
    return {
        "codes": list(verdict.codes),
        "judge": verdict.judge,
        "removed_by_checks": list(verdict.removed_by_checks),
        "removed_by_judge": list(verdict.removed_by_judge),
        "claims_kept": verdict.claims_kept,
        "claims_removed": verdict.claims_removed,
        "confidence_derived": verdict.confidence_derived,
    }


def _rank(stored: StoredSummary) -> tuple[VerdictName, Source]:
    sources: dict[str, Source] = {"llm": "llm", "llm_fallback": "llm_fallback"}
    return stored.verdict, sources.get(stored.source, "template")


def _ttl(installation: Installation) -> timedelta:
    return timedelta(days=installation.settings.ttl_days)
