"""What becomes of texts that do not pass: attempts, feedback, fallback, floor, rest, re-judging."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import Installation, open_installation
from cluster_assets.batch.progress import Progress
from cluster_assets.core.summary.prompts import extract_packet, extract_packet_sha256
from cluster_assets.errors import ItemFailed, PromptTooLong
from cluster_assets.llm.model import ModelRequest
from cluster_assets.store.records import StoredSummary
from cluster_assets_bench.testing.clients import ScriptedClient, Step, reply
from cluster_assets_bench.testing.planted import gene_id, write_tables
from cluster_assets_bench.testing.replies import extract_items
from support.scripted import WRITER, bad_title, good, prompt_of, settings_on, write_due

NOW = datetime(2026, 11, 23, tzinfo=UTC)
JUDGE, FALLBACK = "anthropic/judge", "gemini/fallback"


def slow_judge(request: ModelRequest) -> str:
    time.sleep(1)
    return good(request)


def refuting(request: ModelRequest) -> str:
    """A judge who finds the title contradicted."""
    answer = json.loads(good(request))
    for item in answer["items"]:
        if item["ref"] == "title":
            item["support"] = "contradicted"
    return json.dumps(answer)


@dataclass
class Models:
    """What each model answers, and what it was asked."""

    answers: dict[str, Callable[[ModelRequest], Step]]
    clients: dict[str, ScriptedClient] = field(default_factory=dict)

    def client(self, model: str, api_base: str | None = None) -> ScriptedClient:
        if model not in self.clients:
            self.clients[model] = ScriptedClient(partial(self.answer, model), model=model)
        return self.clients[model]

    def answer(self, model: str, request: ModelRequest) -> Step:
        return self.answers[model](request)

    def asked(self, model: str) -> list[ModelRequest]:
        return self.clients[model].requests if model in self.clients else []


class Site:
    """One installation on planted tables, with a clock to move and models to script."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        tables = write_tables(folder / "tables", 2)  # one alone would be enriched in nothing
        self.settings = settings_on(tables, **{"judge_model": JUDGE, **settings})
        self.folder = folder
        self.now = NOW
        self.real_time = False
        self.models = Models({WRITER: good, JUDGE: good, FALLBACK: good})
        self.n_runs = 0

    def installation(self) -> Installation:
        opened = open_installation(self.settings, self.folder / "home")
        opened.now = lambda: datetime.now(UTC) if self.real_time else self.now
        opened.client = self.models.client  # type: ignore[method-assign]
        return opened

    def due(self) -> tuple[str, list[str]]:
        """Cluster; return the clustering and whether the first planted cluster is due in it."""
        outcome = make_clustering(self.installation(), "functional")
        [self.key] = [
            cluster.cluster_hash
            for cluster in outcome.clusters
            if gene_id(0, 0) in {member.id for member in cluster.packet.members}
        ]
        return outcome.clustering.clustering_id, [key for key in outcome.due if key == self.key]

    def click(self) -> Progress | None:
        """Cluster, and run a batch of the first planted cluster if it is due."""
        self.n_runs += 1
        batch_id = f"run-{self.n_runs}"
        clustering_id, due = self.due()
        if not due:
            return None
        return write_due(self.installation(), due, clustering_id=clustering_id, batch_id=batch_id)

    def summary(self) -> StoredSummary:
        [summary] = self.installation().store.summaries([self.key]).values()
        return summary


def test_a_model_that_never_passes_has_three_attempts_and_then_none_in_19_clusterings(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    site.models.answers[WRITER] = bad_title
    progress = site.click()
    assert progress.totals.rejected == 1
    assert len(site.models.asked(WRITER)) == 3
    for _ in range(19):
        assert site.click() is None
    assert len(site.models.asked(WRITER)) == 3
    summary = site.summary()
    assert (summary.source, summary.stand_in, summary.verdict) == (
        "template",
        "rejected",
        "low_confidence",
    )
    assert "99" not in summary.title


def test_it_rests_7_days_then_30_and_then_until_its_key_changes(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.models.answers[WRITER] = bad_title
    asked = []
    for days in (0, 6.9, 7.1, 36, 38, 300):
        site.now = NOW + timedelta(days=days)
        site.click()
        asked.append(len(site.models.asked(WRITER)))
    assert asked == [3, 3, 6, 6, 9, 9]
    site.settings = site.settings.model_copy(update={"judge_model": WRITER})
    site.click()
    assert len(site.models.asked(WRITER)) == 12


def test_each_attempt_is_told_what_was_wrong_with_the_last(tmp_path: Path) -> None:
    site = Site(tmp_path)
    answers = iter([bad_title, good])
    site.models.answers[WRITER] = lambda request: next(answers)(request)  # noqa: PLW0108
    assert site.click().totals.succeeded == 1
    first, second = site.models.asked(WRITER)
    assert '"ref": "title"' not in prompt_of(first)
    assert '"ref": "title"' in prompt_of(second)
    assert "These 99 genes" not in site.summary().title
    attempts = site.installation().store.attempts(site.summary().cluster_hash)
    assert [(a.purpose, a.outcome) for a in attempts] == [
        ("write", "reject"),
        ("write", "accept"),
        ("judge", "ok"),
    ]
    assert attempts[0].codes


def test_the_last_attempt_is_the_fallback_models_and_starts_afresh(tmp_path: Path) -> None:
    site = Site(tmp_path, fallback_model=FALLBACK)
    site.models.answers[WRITER] = bad_title
    assert site.click().totals.succeeded == 1
    assert len(site.models.asked(WRITER)) == 2
    [request] = site.models.asked(FALLBACK)
    assert '"ref": "title"' not in prompt_of(request)
    summary = site.summary()
    assert (summary.source, summary.model) == ("llm_fallback", FALLBACK)


def test_what_the_writer_refuses_the_fallback_model_writes(tmp_path: Path) -> None:
    site = Site(tmp_path, fallback_model=FALLBACK)
    site.models.answers[WRITER] = lambda _: ItemFailed("CA-460", "refused", outcome="refused")
    assert site.click().totals.succeeded == 1
    assert len(site.models.asked(WRITER)) == 1
    assert site.summary().source == "llm_fallback"


def test_evidence_too_long_for_the_model_is_halved_once(tmp_path: Path) -> None:
    site = Site(tmp_path)

    def short_sighted(request: ModelRequest) -> Step:
        if len(extract_packet(prompt_of(request)).rows) > 2:
            return PromptTooLong("CA-461", "too long", outcome="context_too_long")
        return good(request)

    site.models.answers[WRITER] = short_sighted
    assert site.click().totals.succeeded == 1
    whole, half = (prompt_of(request) for request in site.models.asked(WRITER))
    assert [len(extract_packet(prompt).rows) for prompt in (whole, half)] == [3, 2]
    assert len(half) < len(whole)
    assert site.summary().packet_sha256 == extract_packet_sha256(half)
    site.models.answers[WRITER] = lambda _: PromptTooLong("CA-461", "", outcome="context_too_long")
    site.now += timedelta(days=366)
    assert site.click().totals.failed == 1
    assert len(site.models.asked(WRITER)) == 4


def test_what_the_judge_refutes_is_not_published(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.models.answers[JUDGE] = refuting
    assert site.click().totals.rejected == 1
    assert len(site.models.asked(JUDGE)) == 3
    assert site.summary().stand_in == "rejected"


def test_a_judge_that_cannot_be_reached_is_no_verdict_and_judges_later_without_rewriting(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, max_retries=0)
    site.models.answers[JUDGE] = lambda _: "no JSON at all"
    assert site.click().totals.succeeded == 1
    first = site.summary()
    assert (first.verdict, first.reasons[0]) == ("low_confidence", "judge_unavailable")
    assert first.judge_pending
    site.models.answers[JUDGE] = good
    site.now = NOW + timedelta(days=1)
    assert site.click().totals.succeeded == 1
    second = site.summary()
    assert (second.verdict, second.judge_pending) == ("accept", False)
    assert second.narrative == first.narrative
    assert second.generated_at == first.generated_at
    assert len(site.models.asked(WRITER)) == 1
    assert site.click() is None


def test_a_text_that_a_late_judge_refutes_is_taken_back(tmp_path: Path) -> None:
    site = Site(tmp_path, max_retries=0)
    site.models.answers[JUDGE] = lambda _: "no JSON at all"
    site.click()
    site.models.answers[JUDGE] = refuting
    assert site.click().totals.rejected == 1
    assert site.summary().source == "template"


def test_a_validated_text_is_never_replaced_by_a_worse_one(tmp_path: Path) -> None:
    site = Site(tmp_path, ttl_days=10)
    site.click()
    first = site.summary()
    assert first.verdict == "accept"
    site.models.answers[WRITER] = bad_title
    site.now = NOW + timedelta(days=11)
    assert site.click().totals.rejected == 1
    kept = site.summary()
    assert (kept.verdict, kept.narrative) == (first.verdict, first.narrative)
    assert site.click() is None


def test_replies_without_form_use_the_attempts_up_and_cost_four_requests(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.models.answers[WRITER] = lambda _: "I would rather not."
    assert site.click().totals.rejected == 1
    assert len(site.models.asked(WRITER)) == 4
    assert site.click() is None


def test_the_judge_sees_the_rows_that_the_writer_saw(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.click()
    packet = extract_packet(prompt_of(site.models.asked(WRITER)[0]))
    rows = {row.id: row for row in packet.rows}
    items = extract_items(prompt_of(site.models.asked(JUDGE)[0]))["items"]
    assert items
    for item in items:
        for shown in (*item["cited"], *item["nearby"]):
            row = rows[shown["id"]]
            assert (shown["label"], shown["k"], shown["fdr"]) == (row.label, row.k, row.fdr)


def test_a_cluster_in_the_hands_of_another_batch_is_waited_for_and_written_once(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    site.due()
    with ThreadPoolExecutor(2) as pool:
        site.models.answers[JUDGE] = slow_judge
        ended = list(pool.map(lambda _: site.click(), range(2)))
    assert sorted(progress.totals.succeeded for progress in ended if progress) == [0, 1]
    assert len(site.models.asked(WRITER)) == 1


def test_the_clusters_of_a_batch_that_died_are_taken_over(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.real_time = True
    _, [key] = site.due()
    site.installation().store.claim(key, owner="dead", now=datetime.now(UTC), lease_s=1)
    assert site.click().totals.succeeded == 1


def test_evidence_too_thin_for_a_model_gets_a_final_template(tmp_path: Path) -> None:
    site = Site(tmp_path)
    terms = site.settings.annotations_files[0]
    head, *rows = terms.read_text().splitlines()
    terms.write_text("\n".join([head, *rows[-8:]]) + "\n")
    assert site.click().totals.succeeded == 1
    assert site.models.asked(WRITER) == []
    assert site.summary().reasons[0] == "insufficient_evidence"
    assert site.click() is None


def test_a_batch_counts_what_models_cost(tmp_path: Path) -> None:
    site = Site(tmp_path)
    usage = site.click().usage
    assert (usage.requests, usage.tokens_in) == (2, 200)
    assert usage.cost_usd == pytest.approx(0.002)


def test_a_cost_that_is_not_known_is_not_summed_as_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.models.answers[JUDGE] = lambda request: replace(reply(good(request)), cost_usd=None)
    usage = site.click().usage
    assert usage.requests == 2
    assert usage.cost_usd is None
