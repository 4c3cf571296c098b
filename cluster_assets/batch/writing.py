"""One cluster, from packet to stored summary: write, check, prune, judge, decide.

There are up to three content attempts, the last by the fallback model. If none passes, the cluster
gets the template summary, so that a reader always sees something true. An error of one cluster does
not affect the others; only `Abort` and an unusable store end the batch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from traceback import format_exc
from typing import TYPE_CHECKING

from cluster_assets.batch.asking import MAX_CONTENT_ATTEMPTS, Conversation, Seat, Seats
from cluster_assets.batch.due import need_of
from cluster_assets.batch.progress import Usage
from cluster_assets.batch.questions import judge_question, writer_question
from cluster_assets.batch.scheduling import Outcome
from cluster_assets.batch.summary_drafts import (
    SummaryDraft,
    keep_better,
    leave_pending,
    stand_in,
    template_draft,
    with_judgement,
)
from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import is_sufficient, shorter_packet
from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.judge import Judgement
from cluster_assets.core.summary.schema import Summary
from cluster_assets.core.summary.verdict import JudgeState, Source, Verdict, decide
from cluster_assets.errors import (
    Abort,
    ClusterAssetsError,
    ItemFailed,
    PromptTooLong,
    StoreError,
    TextError,
)
from cluster_assets.llm.redact import mask, redact
from cluster_assets.llm.retry import RetriesUsedUp, RetryBudget, RetryPolicy

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.core.summary.checks import Checker
    from cluster_assets.store.records import StoredCluster, StoredSummary

LEASE_S = 15.0
_ASK_AGAIN_S = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The outcome of one content attempt: the summary as written, and its verdict."""

    raw: Summary
    verdict: Verdict


class ClusterWriter:
    """Writes the clusters of one batch; each text is added to `narratives`, for D17.

    `faults` are the clusters left without any text.
    """

    def __init__(
        self,
        installation: Installation,
        seats: Seats,
        *,
        batch_id: str,
        policy: RetryPolicy,
        narratives: dict[str, str],
        on_usage: Callable[[Usage], None],
    ) -> None:
        self._installation = installation
        self._seats = seats
        self._batch_id = batch_id
        self._policy = policy
        self._narratives = narratives
        self._on_usage = on_usage
        self.faults: list[TextError] = []
        self._loading: asyncio.Task[Checker] | None = None

    async def write(self, cluster: StoredCluster) -> Outcome:
        """Write a cluster and return its outcome.

        Raises:
            Abort: no request of this batch can succeed.
            StoreError: the database cannot be used.
        """
        self._load_checker()  # the vocabulary loads while the first request is on its way
        store = self._installation.store
        key = cluster.cluster_hash
        # Another batch may be writing it: that batch ends, or dies and its claim expires
        while not store.claim(
            key, owner=self._batch_id, now=self._installation.now(), lease_s=LEASE_S
        ):
            await asyncio.sleep(_ASK_AGAIN_S)
        budget = RetryBudget(self._policy.max_retries)
        talk = Conversation(
            self._installation, cluster, self._batch_id, self._policy, budget, self._on_usage
        )
        try:
            outcome = await self._write_claimed(cluster, talk)
        finally:
            store.release_claims(owner=self._batch_id, cluster_hashes=[key])
        if outcome.summary is not None:
            self._narratives[key] = outcome.summary.narrative
        return replace(outcome, latency_s=talk.mean_latency_s, unjudged=talk.unjudged)

    def _load_checker(self) -> asyncio.Task[Checker]:
        if self._loading is None:
            installation = self._installation
            self._loading = asyncio.create_task(asyncio.to_thread(lambda: installation.checker))
        return self._loading

    async def _write_claimed(self, cluster: StoredCluster, talk: Conversation) -> Outcome:
        stored = self._installation.store.summaries([cluster.cluster_hash])
        need = need_of(self._installation, cluster, stored)
        old = stored.get(cluster.cluster_hash)
        try:
            if need is None:
                return Outcome("skipped", cluster, old)
            if need == "judge" and old is not None:
                return await self._judge_again(cluster, old, talk)
            return await self._write_due(cluster, old, talk)
        except (Abort, StoreError):
            raise
        except TextError as fault:
            return self._unwritten(cluster, old, fault)
        except ClusterAssetsError as error:
            return self._failed(cluster, old, talk, redact(str(error)))
        except Exception as error:  # noqa: BLE001 - a bug in one cluster must not stop the others
            # The traceback is what a bug report needs
            _log.error("cluster %s failed: %s", cluster.cluster_hash, mask(format_exc()))
            return self._failed(cluster, old, talk, redact(f"{type(error).__name__}: {error}"))

    async def _write_due(
        self, cluster: StoredCluster, old: StoredSummary | None, talk: Conversation
    ) -> Outcome:
        if not is_sufficient(cluster.packet):  # never reaches a model
            draft = template_draft(self._installation, cluster, None, self._siblings(cluster))
            summary = keep_better(self._installation, cluster, old, draft, talk.spent)
            return Outcome("succeeded", cluster, summary)
        feedback: tuple[Finding, ...] = ()
        codes: list[str] = []
        attempts = self._seats.plan()
        while attempts:
            number, seat, source = attempts.pop(0)
            try:
                cluster, attempt = await self._attempt_that_fits(
                    cluster, seat, source, feedback, talk
                )
            except ItemFailed as error:
                attempts = [other for other in attempts if other[1] is not seat]
                if attempts:  # the fallback model may succeed
                    continue
                if not (isinstance(error, RetriesUsedUp) and error.is_content):
                    raise
                codes.append("D01")  # no reply had the required form
                break
            if attempt.verdict.is_publishable:
                draft = self._draft(attempt, seat, source, number)
                summary = keep_better(self._installation, cluster, old, draft, talk.spent)
                return Outcome("succeeded", cluster, summary, n_attempts=number)
            codes += attempt.verdict.codes
            feedback = attempt.verdict.findings
        return self._rejected(cluster, old, talk, codes)

    async def _attempt_that_fits(
        self,
        cluster: StoredCluster,
        seat: Seat,
        source: Source,
        feedback: Sequence[Finding],
        talk: Conversation,
    ) -> tuple[StoredCluster, _Attempt]:
        """Attempt, and repeat with half the evidence rows if the prompt is too long for the model.

        Returns the cluster with the packet that was used: the text is bound to it.
        """
        try:
            return cluster, await self._attempt(cluster, seat, source, feedback, talk)
        except PromptTooLong:
            pass
        cluster = replace(cluster, packet=shorter_packet(cluster.packet))
        talk.cluster = cluster
        return cluster, await self._attempt(cluster, seat, source, feedback, talk)

    async def _attempt(
        self,
        cluster: StoredCluster,
        seat: Seat,
        source: Source,
        feedback: Sequence[Finding],
        talk: Conversation,
    ) -> _Attempt:
        packet = cluster.packet
        told = () if source == "llm_fallback" else feedback  # another model starts afresh
        raw = await talk.ask(seat, writer_question(packet, told))
        written_id = talk.last_id
        checker = await self._load_checker()
        report = checker.check(raw, packet, self._siblings(cluster))
        judgement: Judgement | JudgeState = "not_run"
        if report.publishable and report.summary is not None:
            judgement = await self._judge(report.summary, packet, talk)
        verdict = decide(
            report=report,
            packet=packet,
            judgement=judgement,
            source=source,
            stand_in="no_model" if source == "template" else None,
        )
        talk.conclude(written_id, verdict.verdict, verdict.codes)
        return _Attempt(raw, verdict)

    async def _judge(
        self, summary: Summary, packet: EvidencePacket, talk: Conversation
    ) -> Judgement | JudgeState:
        seat = self._seats.judge
        if seat is None:
            return "not_run"
        talk.unjudged = None
        try:
            return await talk.ask(seat, judge_question(summary, packet))
        except (Abort, ItemFailed) as error:
            if isinstance(error, Abort) and seat is self._seats.writer:
                raise
            talk.unjudged = error.message
            return "unavailable"

    async def _judge_again(
        self, cluster: StoredCluster, old: StoredSummary, talk: Conversation
    ) -> Outcome:
        """Judge a stored text against the packet that it was written from; it is not rewritten."""
        report = (await self._load_checker()).check_json(old.record.raw, old.packet)
        if not report.publishable or report.summary is None:  # the checks have become stricter
            return await self._write_due(cluster, old, talk)
        judgement = await self._judge(report.summary, old.packet, talk)
        if judgement == "unavailable":
            return Outcome("skipped", cluster, old)
        source: Source = "llm_fallback" if old.source == "llm_fallback" else "llm"
        verdict = decide(report=report, packet=old.packet, judgement=judgement, source=source)
        if not verdict.is_publishable:  # a refuted text is not kept
            return await self._write_due(cluster, None, talk)
        summary = with_judgement(self._installation, old, verdict, self._judge_model)
        return Outcome("succeeded", cluster, summary)

    def _draft(self, attempt: _Attempt, seat: Seat, source: Source, number: int) -> SummaryDraft:
        return SummaryDraft(
            attempt.verdict,
            attempt.raw,
            source,
            seat.client.model,
            self._judge_model,
            stand_in="no_model" if source == "template" else None,
            n_attempts=number,
        )

    @property
    def _judge_model(self) -> str | None:
        return self._seats.judge.client.model if self._seats.judge else None

    def _rejected(
        self,
        cluster: StoredCluster,
        old: StoredSummary | None,
        talk: Conversation,
        codes: Sequence[str],
    ) -> Outcome:
        draft = template_draft(self._installation, cluster, "rejected", self._siblings(cluster))
        summary = stand_in(self._installation, cluster, old, draft, talk.spent)
        error = "no text passed: " + ", ".join(dict.fromkeys(codes))
        return Outcome("rejected", cluster, summary, n_attempts=MAX_CONTENT_ATTEMPTS, error=error)

    def _failed(
        self, cluster: StoredCluster, old: StoredSummary | None, talk: Conversation, error: str
    ) -> Outcome:
        try:
            draft = template_draft(self._installation, cluster, "error", ())
        except TextError as fault:
            return self._unwritten(cluster, old, fault)
        summary = stand_in(self._installation, cluster, old, draft, talk.spent)
        return Outcome("failed", cluster, summary, error=error)

    def _unwritten(
        self, cluster: StoredCluster, old: StoredSummary | None, fault: TextError
    ) -> Outcome:
        leave_pending(self._installation, fault)
        self.faults.append(fault)
        return Outcome("failed", cluster, old, error=str(fault))

    def _siblings(self, cluster: StoredCluster) -> list[str]:
        return [text for key, text in self._narratives.items() if key != cluster.cluster_hash]
