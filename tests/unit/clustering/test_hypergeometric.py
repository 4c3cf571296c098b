from __future__ import annotations

from fractions import Fraction
from math import comb, exp, isfinite, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from cluster_assets.core.clustering.entities.vtests import share_tests
from cluster_assets.core.clustering.hypergeometric import log_two_sided, log_upper_tail


@st.composite
def draws(any_draw: st.DrawFn) -> tuple[int, int, int, int]:
    """A possible outcome: hits, total, marked, drawn."""
    total = any_draw(st.integers(2, 300))
    marked = any_draw(st.integers(1, total))
    drawn = any_draw(st.integers(1, total))
    hits = any_draw(st.integers(max(0, marked + drawn - total), min(marked, drawn)))
    return hits, total, marked, drawn


def mass(hits: int, total: int, marked: int, drawn: int) -> Fraction:
    if hits < 0 or hits > drawn:
        return Fraction(0)
    return Fraction(comb(marked, hits) * comb(total - marked, drawn - hits), comb(total, drawn))


def tail(hits: int, total: int, marked: int, drawn: int) -> Fraction:
    return sum((mass(x, total, marked, drawn) for x in range(hits, drawn + 1)), Fraction(0))


@given(draws())
def test_upper_tail_is_the_exact_one(case: tuple[int, int, int, int]) -> None:
    found = float(log_upper_tail(*case))
    exact = tail(*case)
    assert found == pytest.approx(log(exact.numerator) - log(exact.denominator), abs=1e-9)


@given(draws())
def test_two_sided_is_the_rule_of_catdes(case: tuple[int, int, int, int]) -> None:
    hits, *rest = case
    observed = mass(hits, *rest)
    above, below = tail(hits + 1, *rest), 1 - tail(hits, *rest)
    exact = min(2 * above + observed, 2 * below + observed)
    # next to 1 the difference 2 - p is all that is left of the digits
    assert exp(float(log_two_sided(*case))) == pytest.approx(float(exact), rel=1e-9, abs=1e-11)


def test_no_p_value_is_too_small() -> None:
    log_p = float(log_upper_tail(5000, 20000, 5000, 5000))
    assert isfinite(log_p)
    assert log_p < -10000
    presence = np.repeat([[1.0], [0.0]], 5000, axis=0)
    labels = np.repeat([0, 1], 5000)
    v = share_tests(sparse.csr_array(presence), labels).v
    assert np.isfinite(v).all()
    assert v[0, 0] > 100
    assert v[1, 0] == pytest.approx(-v[0, 0])


def test_arrays_broadcast() -> None:
    found = log_upper_tail(np.array([[1], [2]]), 50, np.array([5, 10, 20]), 7)
    assert found.shape == (2, 3)
    assert found[1, 2] == pytest.approx(log(tail(2, 50, 20, 7)))
