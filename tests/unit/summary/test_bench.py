"""The benchmark itself: intervals, forms, hand-written texts."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from cluster_assets.core.summary.checks import Checker
from cluster_assets.errors import InputError
from cluster_assets_bench.faults import FAULTS
from cluster_assets_bench.handwriting import FOLDER, load_texts
from cluster_assets_bench.material import hard_packets
from cluster_assets_bench.proportions import Share
from cluster_assets_bench.surfaces import FORMS
from support.packets import VOCABULARY, functional_packet, phenotype_packet

MIN_CLASSES = 33


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (Share(0, 0), 0.0, 1.0),
        (Share(75, 75), 0.9513, 1.0),
        (Share(0, 100), 0.0, 0.0370),
        (Share(50, 100), 0.4038, 0.5962),
    ],
)
def test_wilson_intervals(share: Share, low: float, high: float) -> None:
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_there_are_enough_forms_and_classes() -> None:
    assert len(FORMS) >= 5
    assert sum(kind.group != "meaning" for kind in FAULTS.values()) >= MIN_CLASSES


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packet", [*hard_packets(), functional_packet(), phenotype_packet()])
def test_no_form_of_a_hard_case_is_refused(form: str, packet) -> None:
    report = Checker(VOCABULARY).check_json(FORMS[form](packet), packet)
    assert set(report.codes) <= {"D13", "D14"}


def test_texts_by_hand_are_as_they_were_frozen(tmp_path) -> None:
    assert Counter(text.packet.cluster_type for text in load_texts()) == {
        "functional": 20,
        "phenotype": 20,
    }
    shutil.copytree(FOLDER, tmp_path / "copy")
    changed = tmp_path / "copy" / "functional_01.json"
    changed.write_text(changed.read_text("utf-8").replace("strongest", "strangest"), "utf-8")
    with pytest.raises(InputError, match="functional_01") as caught:
        load_texts(tmp_path / "copy")
    assert caught.value.code == "CA-207"
