from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.core.clustering.naming import name_clusters
from cluster_assets.core.labels import capital


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("synapse organization", "Synapse organization"),
        ("mRNA splicing", "mRNA splicing"),
        ("snRNA transcription", "snRNA transcription"),
        ("pH reduction", "pH reduction"),
        ("p53 binding", "p53 binding"),
        ("cell-cell signaling by Wnt", "Cell-cell signaling by Wnt"),
        ("SHANK3 and DLG4", "SHANK3 and DLG4"),
        ("", ""),
    ],
)
def test_the_first_letter_is_raised_where_it_may_be(text: str, shown: str) -> None:
    assert capital(text) == shown


def test_the_strongest_theme_names_a_cluster() -> None:
    themes = [("ion channel transport", "sodium"), ("mRNA splicing",)]
    assert name_clusters(themes, [41, 12], "functional") == [
        "Ion channel transport (41 genes)",
        "mRNA splicing (12 genes)",
    ]


def test_clusters_with_the_same_theme_take_the_next_one_that_differs() -> None:
    themes = [("Seizure", "Ataxia", "Microcephaly"), ("Seizure", "Ataxia", "DNA repair")]
    assert name_clusters(themes, [10, 10], "phenotype") == [
        "Seizure, microcephaly (10 entities)",
        "Seizure, DNA repair (10 entities)",
    ]


def test_a_long_label_gives_way_to_a_shorter_one() -> None:
    themes = [("a " * 60, "short")]
    assert name_clusters(themes, [5], "functional") == ["Short (5 genes)"]


def test_without_any_theme_a_cluster_still_has_a_name() -> None:
    names = name_clusters([(), ()], [5, 5], "functional")
    assert names == ["Nothing in common (5 genes)", "Nothing in common, 2 (5 genes)"]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3), max_size=8))
def test_names_are_unique(themes: list[list[str]]) -> None:
    names = name_clusters(themes, [10] * len(themes), "phenotype")
    assert len(set(names)) == len(names)
