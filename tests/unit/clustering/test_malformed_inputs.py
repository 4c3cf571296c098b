"""A clear error or a right result for whatever comes in: no crash, no broken clustering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.models import Clustering, FunctionalInput, PhenotypeInput
from cluster_assets.errors import ClusteringError, InputError
from support.clustering_inputs import functional_input, phenotype_input

QUICK = FunctionalParams(n_runs=2, n_best=1, n_draws=1, n_null=2)
BRIEF = PhenotypeParams(n_draws=1, k_max=4)
GENES, ENTITIES = functional_input(), phenotype_input()
VALUES: list[Any] = [
    None, np.nan, "", " ", "x", "HGNC:1", "hgnc:1", "HGNC:1 ", "GO:0000001", "HP:0000118", 0, -1,
    1e308, 1e-320, float("inf"), True, "\ud7ff", "\u202eHGNC:1", "A" * 300, "HGNC:1|OMIM:1|-",
    b"HGNC:1", pd.NA, pd.Timestamp("2024-01-01"),
]  # fmt: skip
Harm = Callable[[pd.DataFrame, int, Any], pd.DataFrame]


def put(frame: pd.DataFrame, where: int, value: Any) -> pd.DataFrame:
    column = frame.columns[where % frame.shape[1]]
    cells = frame[column].astype(object).tolist()
    cells[where % len(cells)] = value
    return frame.assign(**{column: pd.Series(cells, index=frame.index, dtype=object)})


def column_of(frame: pd.DataFrame, where: int) -> str:
    return str(frame.columns[where % frame.shape[1]])


def move_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis([*frame.columns[1:], frame.columns[0]], axis=1)


HARMS: dict[str, Harm] = {
    "put": put,
    "fill a column": lambda f, i, v: f.assign(**{column_of(f, i): v}),
    "drop a column": lambda f, i, v: f.drop(columns=column_of(f, i)),
    "double rows": lambda f, i, v: pd.concat([f, f.iloc[: i % len(f) + 1]]),
    "keep few rows": lambda f, i, v: f.iloc[: i % 6],
    "keep some rows": lambda f, i, v: f.iloc[i % 50 :: 2],
    "move columns": lambda f, i, v: move_columns(f),
    "the same everywhere": lambda f, i, v: f.assign(
        **{column_of(f, i): f[column_of(f, i)].iloc[0]}
    ),
    "as categories": lambda f, i, v: f.astype("category"),
    "odd index": lambda f, i, v: f.set_index(np.zeros(len(f), dtype=int)),
}
harm = st.tuples(st.sampled_from(list(HARMS)), st.integers(0, 10_000), st.sampled_from(VALUES))


def harmed(inp: Any, tables: tuple[str, ...], harms: list[tuple[int, tuple[str, int, Any]]]) -> Any:
    frames = {name: getattr(inp, name) for name in tables}
    for which, (kind, where, value) in harms:
        name = tables[which % len(tables)]
        if frames[name].shape[0] and frames[name].shape[1] > 1:
            frames[name] = HARMS[kind](frames[name], where, value)
    return replace(inp, **frames)


def check(result: Clustering, ids: set[str]) -> None:
    """Every member is somewhere, exactly once, and every hash is right."""
    everyone = [member.id for cluster in result.clusters for member in cluster.members]
    everyone += [member.id for member in result.unclustered]
    assert len(everyone) == len(set(everyone)) == result.n_members
    assert set(everyone) == ids
    namespace = "entity" if result.type == "phenotype" else "HGNC"
    for cluster in result.clusters:
        members = [member.id for member in cluster.members]
        assert cluster.cluster_hash == cluster_hash(result.type, members, namespace)
    assert len({cluster.name for cluster in result.clusters}) == len(result.clusters)
    assert all(np.isfinite(value) for value in result.quality.values())


@pytest.mark.parametrize("weight", [1e308, 1e-320, 0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_that_no_sum_bears(weight: float) -> None:
    weights = GENES.interactions["weight"].to_list()
    inp = replace(GENES, interactions=GENES.interactions.assign(weight=[weight, *weights[1:]]))
    with pytest.raises(InputError, match="1 rows are not"):
        cluster_genes(inp, QUICK)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 3), harm), min_size=1, max_size=3))
def test_functional(harms: list[tuple[int, tuple[str, int, Any]]]) -> None:
    inp: FunctionalInput = harmed(GENES, ("genes", "interactions", "annotations", "terms"), harms)
    try:
        result = cluster_genes(inp, QUICK)
    except (InputError, ClusteringError):  # says what is wrong; anything else is a crash
        return
    check(result, set(inp.genes["gene_id"]))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 2), harm), min_size=1, max_size=3))
def test_phenotype(harms: list[tuple[int, tuple[str, int, Any]]]) -> None:
    inp: PhenotypeInput = harmed(ENTITIES, ("entities", "phenotypes", "terms"), harms)
    try:
        result = cluster_entities(inp, BRIEF)
    except (InputError, ClusteringError):
        return
    check(result, set(inp.entities["entity_id"]))
