"""What a reader sees: tokens filled in, each sentence with its rows, everything escaped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cluster_assets.core.summary.caveats import CAVEATS
from cluster_assets.core.summary.reading import validate_summary
from cluster_assets.core.summary.rendering import describe_row, render, render_stored
from cluster_assets.core.summary.schema import MAX_TITLE, FunctionalCaveat, PhenotypeCaveat
from cluster_assets.core.summary.template import template_summary
from cluster_assets.errors import InputError
from support.packets import (
    bare_packet,
    changed,
    depleted_packet,
    functional_packet,
    functional_summary,
    large_packet,
    phenotype_packet,
    phenotype_summary,
    plain,
    small_packet,
    typed,
)

SHOWN = render(typed(functional_summary()), functional_packet())


def test_the_narrative_is_the_claims_in_order() -> None:
    assert SHOWN.title == "Organisation of the postsynaptic density"
    assert SHOWN.narrative == " ".join(sentence.text for sentence in SHOWN.sentences)
    assert SHOWN.narrative.startswith("The 6 genes are enriched for postsynaptic density (5 of 6),")


def test_each_sentence_names_its_rows() -> None:
    assert [sentence.row_ids for sentence in SHOWN.sentences] == [
        ("E01", "E02"),
        ("E01",),
        ("E04",),
    ]
    assert [sentence.ref for sentence in SHOWN.sentences] == ["claim.1", "claim.2", "claim.3"]
    assert [sentence.is_suggested for sentence in SHOWN.sentences] == [False, False, True]


def test_the_rows_are_those_that_anything_rests_on() -> None:
    assert [row.id for row in SHOWN.rows] == ["E01", "E02", "E04"]


def test_clinical_relevance_follows_the_claims_and_is_not_in_the_narrative() -> None:
    claim = {**functional_summary()["claims"][2]}
    shown = render(
        typed(changed(functional_summary(), "clinical_relevance", [claim])), functional_packet()
    )
    assert shown.sentences[-1].ref == "clinical.1"
    assert shown.narrative == SHOWN.narrative


@pytest.mark.parametrize(
    ("summary", "packet"),
    [
        (typed(functional_summary()), functional_packet()),
        (typed(phenotype_summary()), phenotype_packet()),
        (template_summary(depleted_packet()), depleted_packet()),
        (template_summary(large_packet()), large_packet()),
        (template_summary(small_packet()), small_packet()),
        (template_summary(bare_packet()), bare_packet()),
    ],
    ids=["functional", "phenotype", "depleted", "large", "small", "bare"],
)
def test_markdown(summary, packet, snapshot) -> None:
    assert render(summary, packet).markdown() == snapshot


def test_every_footnote_has_its_row_and_every_row_its_footnote() -> None:
    text = SHOWN.markdown()
    for row in SHOWN.rows:
        assert f"[^{row.id}]: " in text
    for sentence in SHOWN.sentences:
        for row_id in sentence.row_ids:
            assert f"[^{row_id}]" in text


def test_no_token_is_left_in_the_json() -> None:
    assert "{{" not in str(SHOWN.summary_json)
    assert plain(SHOWN.summary)["claims"][0]["evidence"] == ["E01", "E02"]
    assert list(SHOWN.summary_json) == list(functional_summary())


def test_a_stored_text_is_read_back_even_where_a_label_made_it_longer_than_its_writer_may() -> None:
    packet = functional_packet()
    long = replace(packet, rows=(replace(packet.rows[0], label="density " * 24), *packet.rows[1:]))
    shown = render(typed(functional_summary()), long)
    assert len(shown.title) > MAX_TITLE
    assert validate_summary(shown.summary_json, "functional").value is None
    assert render_stored(json.loads(json.dumps(shown.summary_json)), long) == shown


def test_a_stored_text_of_an_unknown_schema_is_an_error_with_its_place() -> None:
    newer = {**SHOWN.summary_json, "schema_version": "9.0"}
    with pytest.raises(InputError, match="schema_version") as caught:
        render_stored(newer, functional_packet())
    assert caught.value.code == "CA-209"


def test_labels_are_escaped_for_markdown_and_html() -> None:
    packet = functional_packet()
    row = replace(packet.rows[0], label="pH <5 & *x* [y](z) `code` # a_b")
    text = render(
        typed(functional_summary()), replace(packet, rows=(row, *packet.rows[1:]))
    ).markdown()
    assert "pH &lt;5 &amp; \\*x\\* \\[y\\](z) \\`code\\` \\# a\\_b" in text


def test_every_caveat_has_words() -> None:
    codes = {*FunctionalCaveat.__args__, *PhenotypeCaveat.__args__}  # type: ignore[attr-defined]
    assert codes == set(CAVEATS)


@pytest.mark.parametrize(
    ("index", "line"),
    [
        (0, "HPO HP:0001344 Absent speech: 36 of 40, v-test 14.2, more often than elsewhere"),
        (3, "HPO HP:0001250 Seizure: 4 of 40, v-test -6.3, less often than elsewhere"),
        (
            6,
            (
                "n_phenotypes Recorded terms per entity: v-test -3.9, less often than elsewhere, "
                "mean 31.4, overall 52.9"
            ),
        ),
    ],
)
def test_a_row_in_one_line(index: int, line: str) -> None:
    assert describe_row(phenotype_packet().rows[index]) == line
