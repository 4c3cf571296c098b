"""Evidence of phenotype clusters: terms, inheritance and counts that set a cluster apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cluster_assets.core.models import EvidenceRow, PhenotypeInput, RowKind
from cluster_assets.core.partitions import Labels
from cluster_assets.core.presence import Presence
from cluster_assets.core.vtests import ShareTests, mean_tests, share_tests

COUNTS = {
    "n_phenotypes": "Recorded phenotype terms per entity, ancestors included",
    "n_entities_of_gene": "Entities of the same gene",
}
COMMON = 0.2  # share of the members that a term should hold to name the cluster


@dataclass(frozen=True, slots=True)
class Profile:
    """What sets one cluster apart.

    Attributes:
        rows: terms over, then under, each by |v|; then inheritance; then counts.
        themes: what may name the cluster, the most telling first.
    """

    rows: tuple[EvidenceRow, ...]
    themes: tuple[str, ...]


def profile_clusters(
    inp: PhenotypeInput,
    presence: Presence,
    labels: Labels,
    *,
    min_v: float,
    max_rows: int,
) -> list[Profile]:
    """Return the evidence of each cluster.

    Args:
        inp: labels of the terms, inheritance and genes of the entities.
        presence: the matrix that was clustered.
        labels: cluster of each entity.
        min_v: absolute v-test above which a row is kept.
        max_rows: terms kept over and, separately, under: one side never crowds out the other.
    """
    named = inp.terms[inp.terms["label"].notna()]
    words = dict(zip(named["term_id"], named["label"], strict=True))
    sizes = np.bincount(labels)
    entities = inp.entities.set_index("entity_id").loc[presence.entity_ids]
    modes, mode_ids = _indicators(entities["inheritance_id"])
    terms = share_tests(presence.active, labels)
    inheritance = share_tests(modes, labels)
    prevalence = np.asarray(presence.active.sum(axis=0)).ravel() / len(labels)
    counts = _count_rows(presence, entities["gene_id"], labels, min_v)
    profiles = []
    for cluster, size in enumerate(sizes):
        over, under = (
            _share_rows("term", terms, cluster, int(size), presence.term_ids, words, side * min_v)
            for side in (1, -1)
        )
        modes_over, modes_under = (
            _share_rows(
                "inheritance", inheritance, cluster, int(size), mode_ids, words, side * min_v
            )
            for side in (1, -1)
        )
        rows = (*over[:max_rows], *under[:max_rows], *modes_over, *modes_under, *counts[cluster])
        share = dict(zip(presence.term_ids, prevalence, strict=True))
        profiles.append(Profile(rows, _themes(over, under, share)))
    return profiles


def _indicators(values: pd.Series) -> tuple[sparse.csr_array, NDArray[np.object_]]:
    """Return one column for each value, sorted; a missing value has none."""
    known = values.notna().to_numpy()
    names = np.array(sorted(values[known].astype(str).unique()), dtype=object)
    codes = pd.Index(names).get_indexer(pd.Index(values[known].astype(object)))
    rows = np.flatnonzero(known)
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, codes)), shape=(len(values), len(names)))
    return matrix, names


def _share_rows(
    kind: RowKind,
    tests: ShareTests,
    cluster: int,
    size: int,
    term_ids: NDArray[np.object_],
    words: Mapping[str, str],
    bar: float,
) -> list[EvidenceRow]:
    """Return the rows beyond the bar on its side, strongest first."""
    v = tests.v[cluster]
    beyond = np.flatnonzero(v > bar if bar > 0 else v < bar)
    order = beyond[np.lexsort((beyond, -np.abs(v[beyond])))]
    return [
        EvidenceRow(
            id="",
            kind=kind,
            source="HPO",
            term_id=str(term_ids[term]),
            label=words.get(term_ids[term], str(term_ids[term])),
            p=float(np.exp(tests.log_p[cluster, term])),
            direction="over" if bar > 0 else "under",
            v=float(v[term]),
            k=int(tests.hits[cluster, term]),
            n=size,
        )
        for term in order
    ]


def _count_rows(
    presence: Presence, genes: pd.Series, labels: Labels, min_v: float
) -> list[list[EvidenceRow]]:
    rows: list[list[EvidenceRow]] = [[] for _ in range(int(labels.max()) + 1)]
    per_gene = genes.map(genes.value_counts()).to_numpy(dtype=float, na_value=np.nan)
    counts = {"n_phenotypes": presence.n_recorded.astype(float), "n_entities_of_gene": per_gene}
    for name, values in counts.items():
        if np.isnan(values).all():
            continue
        tests = mean_tests(values, labels)
        for cluster in np.flatnonzero(np.abs(tests.v) > min_v):
            rows[cluster].append(
                EvidenceRow(
                    id="",
                    kind="count",
                    source="counts",
                    term_id=name,
                    label=COUNTS[name],
                    p=float(np.exp(tests.log_p[cluster])),
                    direction="over" if tests.v[cluster] > 0 else "under",
                    v=float(tests.v[cluster]),
                    mean=float(tests.means[cluster]),
                    overall_mean=tests.overall_mean,
                )
            )
    return rows


def _themes(
    over: Sequence[EvidenceRow], under: Sequence[EvidenceRow], prevalence: Mapping[str, float]
) -> tuple[str, ...]:
    """Order the labels by v times enrichment, terms that few members have last.

    By v alone the broadest terms of the ontology would name the clusters. A cluster that is set
    apart only by what is not recorded is named after that.
    """
    if not over:
        return tuple(f"Rarely recorded: {row.label}" for row in under)

    def weight(row: EvidenceRow) -> tuple[bool, float, str]:
        share = (row.k or 0) / (row.n or 1)
        return share < COMMON, -(row.v or 0) * np.log2(share / prevalence[row.term_id]), row.term_id

    return tuple(row.label for row in sorted(over, key=weight))
