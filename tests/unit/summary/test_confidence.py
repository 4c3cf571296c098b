"""Derived confidence: follows coverage, not the weakest term; calibrated on public sets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster_assets.core.summary.confidence import HIGH, derive_confidence, lower
from support.packets import (
    bare_packet,
    depleted_packet,
    functional_packet,
    large_packet,
    phenotype_packet,
    small_packet,
)


@pytest.mark.parametrize(
    ("packet", "level"),
    [
        (functional_packet(), "high"),
        (phenotype_packet(), "high"),
        (large_packet(), "medium"),
        (small_packet(), "high"),
        (depleted_packet(), "medium"),  # missing may be unrecorded
        (bare_packet(), "low"),
    ],
    ids=["functional", "phenotype", "large", "small", "depleted", "bare"],
)
def test_levels(packet, level: str) -> None:
    assert derive_confidence(packet).level == level


def test_a_cluster_without_rows_is_low_whatever_its_size() -> None:
    assert derive_confidence(replace(functional_packet(), rows=())).level == "low"


def test_full_coverage_counts_less_in_a_small_cluster() -> None:
    small, large = small_packet(), functional_packet()
    assert derive_confidence(small).coverage == derive_confidence(large).coverage == 1.0
    assert derive_confidence(small).value < derive_confidence(large).value


def test_weak_terms_beside_strong_ones_do_not_lower_it() -> None:
    """The arithmetic mean of FDRs does: the peer called 12 of 12 real clusters low."""
    packet = functional_packet()
    weak = tuple(
        replace(packet.rows[0], id=f"E{i}", term_id=f"GO:{i}", fdr=0.049) for i in range(20, 60)
    )
    more = replace(packet, rows=(*packet.rows * 3, *weak))
    assert derive_confidence(more).value == derive_confidence(packet).value
    assert derive_confidence(more).level == "high"


def test_uncovered_members_lower_it() -> None:
    packet = functional_packet()
    values = [derive_confidence(replace(packet, n_members=n)).value for n in (6, 12, 24)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < HIGH


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("high", "low", "low"), ("medium", "high", "medium"), ("low", "low", "low")],
)
def test_lower(one, other, expected: str) -> None:
    assert lower(one, other) == lower(other, one) == expected
