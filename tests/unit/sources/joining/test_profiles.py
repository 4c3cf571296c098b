"""Propagation to ancestors and the network of HPO similarity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.sources.formats.obo import Ontology
from cluster_assets.sources.joining.profiles import build_profiles, nearest_neighbours

#        R
#      /   \
#     A     B
#    / \   / \
#   A1  A2 B1 B2
PARENTS = {"A": ("R",), "B": ("R",), "A1": ("A",), "A2": ("A",), "B1": ("B",), "B2": ("B",)}
ONTOLOGY = Ontology("t", dict.fromkeys([*PARENTS, "R"], "x"), PARENTS, {}, {}, {})
LEAVES = ["A1", "A2", "B1", "B2"]

records = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(LEAVES)), min_size=1, unique=True
)


def profiles_of(rows):
    return build_profiles(
        pd.Series([key for key, _ in rows]), pd.Series([term for _, term in rows]), ONTOLOGY, "R"
    )


def test_terms_are_propagated():
    long = profiles_of([("b", "A1"), ("a", "B1"), ("a", "B2")]).long("id")
    assert list(long.itertuples(index=False, name=None)) == [
        ("a", "B"),
        ("a", "B1"),
        ("a", "B2"),
        ("a", "R"),
        ("b", "A"),
        ("b", "A1"),
        ("b", "R"),
    ]


def test_with_term_keeps_keys_below_it_and_their_terms():
    profiles = profiles_of([("a", "A1"), ("b", "B1"), ("c", "A2"), ("c", "B2")]).with_term("A")
    assert list(profiles.keys) == ["a", "c"]
    assert list(profiles.terms) == ["A", "A1", "A2", "B", "B2", "R"]


def test_similarity_is_the_weighted_cosine():
    edges = nearest_neighbours(
        profiles_of([("a", "A1"), ("b", "A1"), ("b", "A2"), ("c", "B1")]), k=2
    )
    # a = {A, A1}, b = {A, A1, A2}, weights -ln(2/3), -ln(2/3), -ln(1/3); c shares only the root
    common, rare = -np.log(2 / 3), -np.log(1 / 3)
    expected = (2 * common**2) / (np.sqrt(2 * common**2) * np.sqrt(2 * common**2 + rare**2))
    assert edges[["gene_a", "gene_b"]].to_numpy().tolist() == [["a", "b"]]
    assert edges["weight"].iloc[0] == pytest.approx(expected, abs=1e-9)


def test_a_tie_goes_to_the_first_id_and_edges_are_symmetrised():
    rows = [("a", "A1"), ("b", "A1"), ("c", "A1"), ("d", "A1"), ("e", "B1")]
    edges = nearest_neighbours(profiles_of(rows), k=1)
    # a chooses b; b, c and d choose a
    assert edges[["gene_a", "gene_b"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["a", "d"]]


@given(records, st.randoms(use_true_random=False), st.integers(1, 4))
def test_row_order_does_not_matter(rows, random, k):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    once, twice = (nearest_neighbours(profiles_of(order), k) for order in (rows, shuffled))
    pd.testing.assert_frame_equal(once, twice)


@given(records, st.integers(1, 4))
def test_edges_are_simple_undirected_and_positive(rows, k):
    edges = nearest_neighbours(profiles_of(rows), k)
    assert (edges["gene_a"] < edges["gene_b"]).all()
    assert not edges.duplicated(["gene_a", "gene_b"]).any()
    assert edges["weight"].between(0, 1, inclusive="right").all()
    assert len(edges) <= k * len({key for key, _ in rows})
