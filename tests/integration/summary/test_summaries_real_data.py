"""Checks, template, confidence and labels on the shared real data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.core.injection import foreign_text
from cluster_assets.core.summary.checks import Checker
from cluster_assets.core.summary.rendering import render
from cluster_assets.core.summary.template import template_summary

pytestmark = pytest.mark.real_data


@pytest.mark.slow
def test_the_whole_benchmark_on_real_data(shared_data: Path) -> None:
    from cluster_assets_bench.judge import MAX_MS, run_judge_bench

    bench = run_judge_bench(shared_data)
    assert [text for text in bench.failures if "ms, held to" not in text] == []
    assert bench.median_ms < 5 * MAX_MS  # a shared machine; `make bench` holds it to the figure
    assert all(share.n >= 75 for share in bench.detection.values())


@pytest.mark.slow
def test_confidence_tells_real_sets_from_contaminated_ones(shared_data: Path) -> None:
    from cluster_assets_bench.confidence import measure_confidence

    report = measure_confidence(shared_data)
    assert report.auroc_half >= 0.89
    assert report.auroc_random >= 0.94
    assert report.high[0] >= 0.6
    assert report.high[2] == 0.0


@pytest.mark.slow
def test_the_template_passes_every_check_on_real_clusters(shared_data: Path) -> None:
    from cluster_assets_bench.material import load_material

    material = load_material(shared_data)
    checker = Checker(material.vocabulary)
    packets = material.packets
    assert len(packets) >= 90
    faults = {
        packet.name: report.findings
        for packet in (*packets, *material.hard)
        if (report := checker.check(template_summary(packet), packet)).findings
    }
    assert faults == {}
    titles = {render(template_summary(packet), packet).title for packet in packets}
    narratives = {render(template_summary(packet), packet).narrative for packet in packets}
    assert len(narratives) == len(packets)
    assert len(titles) >= 0.95 * len(packets)


def test_no_official_label_is_taken_for_an_instruction(shared_data: Path) -> None:

    labels = pd.read_parquet(shared_data / "ndd" / "terms.parquet")["name"]
    assert len(labels) > 60_000
    assert [label for label in labels if foreign_text(label)] == []
