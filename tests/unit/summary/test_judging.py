"""The measure of a judge and the comparison of two runs: what is counted as what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cluster_assets.batch.asking import Seat
from cluster_assets.errors import InputError
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.retry import RetryPolicy
from cluster_assets_bench.drift import compare_runs
from cluster_assets_bench.judging import Item, measure_judge
from cluster_assets_bench.panel import PanelRun, load_run, panel_packets
from cluster_assets_bench.testing.clients import ScriptedClient
from cluster_assets_bench.testing.replies import extract_items
from support.judging import reply_for
from support.packets import functional_packet, functional_summary, typed

BAD = {"support": "no_evidence"}
FAULTY = Item(
    typed({**functional_summary(), "tags": []}), functional_packet(), frozenset({"claim.1"})
)
TWIN = Item(typed(functional_summary()), functional_packet())


class NoLimit:
    async def acquire(self) -> None:
        """Let everything through."""


def judge(*rounds: dict[str, dict[str, dict[str, str]]]):
    """Measure a judge who labels the faulty text and its twin as each round says."""
    seen = {"faulty": 0, "twin": 0}

    def answer(request):
        asked = extract_items(request.messages[-1].content)
        refs = {item["ref"] for item in asked["items"]}
        which = "twin" if any(ref.startswith("tag.") for ref in refs) else "faulty"
        item = TWIN if which == "twin" else FAULTY
        changes = rounds[seen[which]].get(which, {})
        seen[which] += 1
        return (
            changes if isinstance(changes, str) else reply_for(item.summary, item.packet, **changes)
        )

    client = ScriptedClient(answer)
    seat = Seat(client, NoLimit(), Breaker())  # type: ignore[arg-type]
    return measure_judge(seat, [(FAULTY, TWIN)], RetryPolicy(max_retries=0), len(rounds))


def test_a_judge_who_finds_the_fault_and_nothing_else_is_perfect() -> None:
    measure = judge({"faulty": {"claim.1": BAD}}, {"faulty": {"claim.1": BAD}})
    assert (measure.detected.hits, measure.detected.n) == (1, 1)
    assert measure.false_alarms.hits == measure.alarmed_texts.hits == measure.flips.hits == 0
    assert measure.balanced_accuracy == 1.0
    assert measure.usage.requests == 4
    assert measure.usage.cost_usd == pytest.approx(0.004)


def test_objections_to_the_twin_are_false_alarms_and_other_rounds_are_flips() -> None:
    measure = judge({"twin": {"claim.2": BAD}}, {})
    assert measure.detected.hits == 0
    assert measure.false_alarms.hits == 1
    assert measure.flips.n > measure.false_alarms.n > 1  # items of both texts; of the twin alone
    assert (measure.alarmed_texts.hits, measure.alarmed_texts.n) == (1, 1)
    assert measure.flips.hits == 1
    assert measure.balanced_accuracy == pytest.approx((1 - measure.false_alarms.value) / 2)


def test_a_reply_without_form_is_no_answer_and_no_approval() -> None:
    measure = judge({"twin": "I would rather not."})
    assert (measure.unanswered.hits, measure.unanswered.n) == (1, 2)
    assert measure.alarmed_texts.n == measure.false_alarms.n == measure.flips.n == 0


def run_of(verdict: str, *texts: str, model: str = "a/b") -> PanelRun:
    claims = [{"text": text, "evidence": ["E01"]} for text in texts]
    cluster = {"verdict": verdict, "cluster_type": "functional", "title": "T", "claims": claims}
    return PanelRun("panel", {"model": model, "judge_prompt": "1"}, {"ab" * 32: cluster}, {})


def test_drift_is_what_is_not_the_same() -> None:
    drift = compare_runs(
        run_of("accept", "One.", "Two."), run_of("low_confidence", "Two.", "Three.", model="a/c")
    )
    assert drift.versions == {"model": ("a/b", "a/c")}
    assert drift.verdicts == {("accept", "low_confidence"): 1}
    assert drift.clusters["ab" * 32] == {
        "verdict": ["accept", "low_confidence"],
        "claims_gone": ["One."],
        "claims_new": ["Three."],
    }
    assert json.loads(json.dumps(drift.to_dict()))["verdicts"][0]["clusters"] == 1
    assert drift.table().row_count == 1


def test_a_run_does_not_differ_from_itself() -> None:
    drift = compare_runs(run_of("accept", "One."), run_of("accept", "One."))
    assert (drift.versions, drift.clusters) == ({}, {})
    assert drift.n_clusters == 1


def test_runs_over_other_evidence_are_not_compared() -> None:
    with pytest.raises(InputError) as caught:
        compare_runs(run_of("accept"), replace(run_of("accept"), panel="another"))
    assert caught.value.code == "CA-208"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "x"}'])
def test_a_file_that_is_no_run_is_refused(tmp_path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError) as caught:
        load_run(path)
    assert caught.value.code == "CA-208"


def test_the_panel_is_ten_of_each_type_and_always_the_same() -> None:
    packets = panel_packets()
    assert [p.cluster_type for p in packets] == ["functional"] * 10 + ["phenotype"] * 10
    assert len({p.cluster_hash for p in packets}) == 20
    assert packets == panel_packets()
