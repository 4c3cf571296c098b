"""The OBO reader: what counts as a term, a synonym, an ancestor."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.errors import InputError
from cluster_assets.sources.formats.obo import load_ontology, parse_obo

OBO = r"""format-version: 1.2
data-version: hp/releases/2025-01-16

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
alt_id: HP:0000002
synonym: "Organ abnormality" EXACT []
synonym: "Odd organ" RELATED []
synonym: "Said \"so\"" EXACT layperson [ORCID:1 "a, \" b"]
synonym: "Old word" EXACT obsolete_synonym []
is_a: HP:0000001 ! All

[Term]
id: HP:0000003
name: Left
is_a: HP:0000118 {source="x"} ! Phenotypic abnormality

[Term]
id: HP:0000004
name: Both
is_a: HP:0000118
is_a: HP:0000003

[Term]
id: HP:0000005
name: obsolete Gone
synonym: "Gone" EXACT []
is_obsolete: true
replaced_by: HP:0000004

[Typedef]
id: part_of
name: part of
"""


@pytest.fixture
def ontology():
    return parse_obo(OBO.splitlines(keepends=True), "hp.obo")


def test_labels_leave_out_obsolete_terms_and_typedefs(ontology):
    assert ontology.version == "2025-01-16"
    assert ontology.labels == {
        "HP:0000001": "All",
        "HP:0000118": "Phenotypic abnormality",
        "HP:0000003": "Left",
        "HP:0000004": "Both",
    }


def test_only_exact_synonyms_in_use_are_kept(ontology):
    assert ontology.synonyms == {"HP:0000118": ("Organ abnormality", 'Said "so"')}


def test_ancestors_and_descendants(ontology):
    assert ontology.ancestors("HP:0000004") == {
        "HP:0000004",
        "HP:0000003",
        "HP:0000118",
        "HP:0000001",
    }
    assert ontology.descendants("HP:0000003") == {"HP:0000003", "HP:0000004"}


@pytest.mark.parametrize(
    ("term_id", "current"),
    [
        ("HP:0000118", "HP:0000118"),
        ("HP:0000002", "HP:0000118"),
        ("HP:0000005", "HP:0000004"),
        ("HP:9999999", None),
    ],
)
def test_current_id(ontology, term_id, current):
    assert ontology.current_id(term_id) == current


def stanza(term_id: str, *tags: str) -> list[str]:
    return ["[Term]", f"id: {term_id}", *tags]


CURRENT = [*stanza("HP:1", "name: one"), *stanza("HP:2", "name: two", "alt_id: HP:20")]
OLD = "is_obsolete: true"


@pytest.mark.parametrize(
    ("stanzas", "ends"),
    [
        (
            [*stanza("HP:8", OLD, "replaced_by: HP:9"), *stanza("HP:9", OLD, "replaced_by: HP:1")],
            {"HP:1"},
        ),
        (stanza("HP:8", OLD, "replaced_by: HP:20"), {"HP:2"}),
        (stanza("HP:8", OLD, "replaced_by: HP:1", "replaced_by: HP:2"), {"HP:1", "HP:2"}),
        (stanza("HP:8", OLD, "replaced_by: HP:1", "replaced_by: HP:1"), {"HP:1"}),
        (
            [*stanza("HP:8", OLD, "replaced_by: HP:9"), *stanza("HP:9", OLD, "replaced_by: HP:8")],
            set(),
        ),
        (stanza("HP:8", "name: obsolete eight", OLD, "consider: HP:1"), set()),
    ],
    ids=["chain", "by an alternative id", "two", "the same twice", "circle", "consider"],
)
def test_replacements_are_followed_to_their_ends(stanzas: list[str], ends: set[str]):
    found = parse_obo([*CURRENT, *stanzas], "hp.obo")
    assert found.replacements("HP:8") == ends
    assert found.current_id("HP:8") == (next(iter(ends)) if len(ends) == 1 else None)
    assert "HP:8" in found.obsolete


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("2025-01-16", "2025-01-16"),
        ("hp/releases/2025-01-16", "2025-01-16"),
        ("releases/2022-10-05", "2022-10-05"),
        ("hp/releases/2025-01-16/hp-base.owl", "2025-01-16"),
        ("http://purl.obolibrary.org/obo/hp/releases/2026-01-08/hp.json", "2026-01-08"),
        ("mine/v2", "v2"),
    ],
)
def test_the_version_is_the_date_of_the_release(written: str, version: str):
    assert parse_obo([f"data-version: {written}", *CURRENT], "hp.obo").version == version


def test_closure_is_limited_to_the_scope(ontology):
    matrix, columns = ontology.closure(
        ["HP:0000003", "HP:0000004"], ontology.descendants("HP:0000118")
    )
    assert columns == ["HP:0000003", "HP:0000004", "HP:0000118"]
    assert np.array_equal(matrix.toarray(), [[1, 0, 1], [1, 1, 1]])


def test_a_cycle_ends():
    lines = [
        "[Term]",
        "id: A:1",
        "name: a",
        "is_a: A:2",
        "[Term]",
        "id: A:2",
        "name: b",
        "is_a: A:1",
    ]
    ontology = parse_obo(lines, "x.obo")
    assert ontology.ancestors("A:1") == {"A:1", "A:2"}
    assert ontology.descendants("A:1") == {"A:1", "A:2"}


def test_packed_file(tmp_path: Path):
    path = tmp_path / "hp.obo.gz"
    path.write_bytes(gzip.compress(OBO.encode()))
    assert len(load_ontology(path).labels) == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "CA-218"),
        (b"id\tname\n", "CA-218"),
        (b"[Term]\nid: \xff\n", "CA-211"),
        (None, "CA-210"),
    ],
)
def test_unusable_file(tmp_path: Path, content: bytes | None, code: str):
    path = tmp_path / "hp.obo"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_ontology(path)
    assert caught.value.code == code


@given(st.lists(st.sampled_from(OBO.splitlines()), max_size=40))
def test_any_order_of_lines_is_read_or_refused(lines: list[str]):
    has_term = False
    with contextlib.suppress(InputError):
        ontology = parse_obo(lines, "x.obo")
        has_term = True
        assert ontology.labels
        assert set(ontology.parents) | set(ontology.synonyms) <= set(ontology.labels)
    assert has_term or "[Term]" not in lines or not _named_term(lines)


def _named_term(lines: list[str]) -> bool:
    """Return whether a stanza surely has an id, then a name, and is not obsolete."""
    text = "\n".join(lines) + "\n["
    return any(
        stanza.startswith("Term]") and "\nid: " in stanza and "\nname: " in stanza
        and "is_obsolete" not in stanza
        for stanza in text.split("\n[")
    )  # fmt: skip
