"""The short form of the benchmark of truth, on clusters of the embedded HPO release."""

from __future__ import annotations

import json

MIN_CLASSES = 33


def test_faults_are_stopped_and_true_texts_are_not() -> None:
    from cluster_assets_bench.judge import run_judge_bench

    bench = run_judge_bench(short=True)
    assert bench.failures == ()
    by_hand = bench.false_rejections["handwritten"]
    assert (by_hand.n, by_hand.hits) == (40, 0)  # held to one; what the checks learnt stays learnt
    assert bench.pooled.n >= 10 * MIN_CLASSES
    assert json.loads(json.dumps(bench.to_dict()))["is_held"] is True
    assert bench.table().row_count > MIN_CLASSES
