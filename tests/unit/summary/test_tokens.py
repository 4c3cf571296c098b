"""Tokens: what stands for what, and that nothing else is let in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.core.summary.tokens import fill, format_number
from support.packets import functional_packet, phenotype_packet

F, P = functional_packet(), phenotype_packet()


@dataclass(frozen=True)
class Case:
    raw: str
    text: str
    unknown: tuple[str, ...] = ()
    packet: object = F


@pytest.mark.parametrize(
    "case",
    [
        Case("{{N}} genes", "6 genes"),
        Case("{{E01}}: {{E01.k}} of {{E01.n}}", "postsynaptic density: 5 of 6"),
        Case("FDR {{E02.fdr}}, p {{E02.p}}", "FDR 3.2e-06, p 3.2e-07"),
        Case("{{ E01 }} and {{ G:SHANK3 }}", "postsynaptic density and SHANK3"),
        Case(
            "{{Q01}} {{Q01.mean}}/{{Q01.overall_mean}}",
            "Recorded terms per entity 31.4/52.9",
            (),
            P,
        ),
        Case("v {{E04.v}} {{I01}}", "v -6.3 Autosomal recessive inheritance", (), P),
        Case(
            "{{E77}} {{E01.mean}} {{E01.label}}",
            "{{E77}} {{E01.mean}} {{E01.label}}",
            ("{{E77}}", "{{E01.mean}}", "{{E01.label}}"),
        ),
        Case("{{G:MECP2}}", "{{G:MECP2}}", ("{{G:MECP2}}",)),
        Case("{{G:Disorder 1}}", "{{G:Disorder 1}}", ("{{G:Disorder 1}}",), P),
        Case("{E01} {{E01} }}", "{E01} {{E01} }}", ("{", "}", "{{", "}", "}}")),
        Case("", ""),
    ],
    ids=lambda case: case.raw,
)
def test_fill(case: Case) -> None:
    filled = fill(case.raw, case.packet)  # type: ignore[arg-type]
    assert (filled.text, filled.unknown) == (case.text, case.unknown)


@given(
    st.lists(st.sampled_from(["{{N}}", "{{E01}}", "{{E02.k}}", "{{G:DLG4}}", "a b ", "{{E9", "}}"]))
)
def test_spans_are_where_the_values_stand(pieces: list[str]) -> None:
    filled = fill("".join(pieces), F)
    values = {"6", "postsynaptic density", "5", "DLG4"}
    assert {filled.text[span.start : span.end] for span in filled.spans} <= values
    assert [span.start for span in filled.spans] == sorted(span.start for span in filled.spans)


def test_a_label_that_looks_like_a_token_is_not_filled_in_again() -> None:
    row = replace(F.rows[0], label="about {{E02}}")
    filled = fill("{{E01}}", replace(F, rows=(row, *F.rows[1:])))
    assert filled.text == "about {{E02}}"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("fdr", 0.0, "below 1e-300"),
        ("p", 1e-301, "below 1e-300"),
        ("p", 0.031, "3.1e-02"),
        ("v", -4.25, "-4.2"),
        ("k", 12, "12"),
        ("mean", 31.44, "31.4"),
    ],
)
def test_numbers(name: str, value: float, shown: str) -> None:
    assert format_number(name, value) == shown
