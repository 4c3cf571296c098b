"""Evidence of phenotype clusters: characteristic terms, modes of inheritance and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cluster_assets.core.clustering.arrays import Floats, Ids, Labels, Sparse, presence_matrix
from cluster_assets.core.clustering.entities.mca import cooccurrence
from cluster_assets.core.clustering.entities.presence import Presence
from cluster_assets.core.clustering.entities.vtests import ShareTests, mean_tests, share_tests
from cluster_assets.core.clustering.twins import jaccard_of_columns, merge_twins
from cluster_assets.core.models import Direction, EvidenceRow, PhenotypeInput, RowKind

COUNTS = {
    "n_phenotypes": "Recorded phenotype terms per entity, ancestors included",
    "n_entities_of_gene": "Entities of the same gene",
}
COMMON = 0.2  # share of the members that a term should have to name the cluster
# Jaccard index, over all entities, from which two terms are merged. Ancestors are recorded with
# every term: `Microcephaly` and `Decreased head circumference` (0.99) would both take a row.
NEAR_IDENTICAL = 0.9


@dataclass(frozen=True, slots=True)
class Profile:
    """The evidence of one cluster.

    Attributes:
        rows: over-represented terms, then under-represented terms, each by |v|; then inheritance;
            then counts.
        themes: labels that may name the cluster, the most characteristic first.
    """

    rows: tuple[EvidenceRow, ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tested:
    """Columns of one kind, with their tests.

    Attributes:
        kind: kind of the rows that are made from them.
        term_ids: `(n_terms,)` ids.
        labels: one label per term.
        share: `(n_terms,)` share of all entities with each term, 0 to 1.
        tests: v-tests of each term in each cluster.
        overlap: `(n_terms, n_terms)` Jaccard indices over all entities.
    """

    kind: RowKind
    term_ids: Ids
    labels: tuple[str, ...]
    share: Floats
    tests: ShareTests
    overlap: Floats


def profile_clusters(
    inp: PhenotypeInput, presence: Presence, labels: Labels, *, min_v: float, max_rows: int
) -> list[Profile]:
    """Return the evidence of each cluster.

    Args:
        inp: source of term labels, and of inheritance and gene of each entity.
        presence: the matrix that was clustered.
        labels: `(n_entities,)` cluster of each entity.
        min_v: absolute v-test above which a row is kept.
        max_rows: largest number of over-represented terms, and of under-represented terms.
    """
    entities = inp.entities.set_index("entity_id").loc[list(presence.entity_ids)]
    modes, mode_ids = _indicators(entities["inheritance_id"])
    named = inp.terms[inp.terms["label"].notna()]
    words = dict(zip(named["term_id"], named["label"], strict=True))
    terms = _tested("term", presence.active, presence.term_ids, words, labels)
    inheritance = _tested("inheritance", modes, mode_ids, words, labels)
    counts = _count_rows(presence, entities["gene_id"], labels, min_v)
    profiles: list[Profile] = []
    for cluster, size in enumerate(np.bincount(labels).tolist()):
        over, under, modes_over, modes_under = (
            _rows(table, cluster, size, direction, min_v)
            for table in (terms, inheritance)
            for direction in ("over", "under")
        )
        rows = (*over[:max_rows], *under[:max_rows], *modes_over, *modes_under, *counts[cluster])
        shares = dict(zip(terms.term_ids, terms.share, strict=True))
        profiles.append(Profile(rows, _themes(over, under, shares)))
    return profiles


def _tested(
    kind: RowKind,
    columns: Sparse,
    term_ids: Ids,
    words: Mapping[str, str],
    labels: Labels,
) -> _Tested:
    together = cooccurrence(columns)
    return _Tested(
        kind=kind,
        term_ids=term_ids,
        labels=tuple(words.get(term, str(term)) for term in term_ids),
        share=np.diag(together) / len(labels),
        tests=share_tests(columns, labels),
        overlap=jaccard_of_columns(together),
    )


def _indicators(values: pd.Series) -> tuple[Sparse, Ids]:
    """Return one column per distinct value, sorted; rows with a missing value are empty."""
    known = values.notna().to_numpy()
    names = np.array(sorted(values[known].astype(str).unique()), dtype=object)
    codes = pd.Index(names).get_indexer(pd.Index(values[known].astype(object)))
    rows = np.flatnonzero(known)
    return presence_matrix(rows, codes, (len(values), len(names))), names


def _rows(
    table: _Tested, cluster: int, size: int, direction: Direction, min_v: float
) -> list[EvidenceRow]:
    """Return the rows of one direction, strongest first, near-identical terms merged."""
    v = table.tests.v[cluster]
    beyond = np.flatnonzero(v > min_v if direction == "over" else v < -min_v)
    ranked = beyond[np.lexsort((beyond, -np.abs(v[beyond])))]
    overlap = table.overlap[np.ix_(ranked, ranked)]
    chosen = ranked[merge_twins(overlap, table.share[ranked].tolist(), NEAR_IDENTICAL)]
    best: list[int] = chosen[np.lexsort((chosen, -np.abs(v[chosen])))].tolist()
    return [
        EvidenceRow(
            id="",
            kind=table.kind,
            source="HPO",
            term_id=str(table.term_ids[term]),
            label=table.labels[term],
            p=float(np.exp(table.tests.log_p[cluster, term])),
            direction=direction,
            v=float(v[term]),
            k=int(table.tests.hits[cluster, term]),
            n=size,
        )
        for term in best
    ]


def _count_rows(
    presence: Presence, genes: pd.Series, labels: Labels, min_v: float
) -> list[list[EvidenceRow]]:
    rows: list[list[EvidenceRow]] = [[] for _ in range(int(labels.max()) + 1)]
    n_entities = genes.map(genes.value_counts())
    per_gene = n_entities.to_numpy(dtype=float, na_value=np.nan).astype(np.float64, copy=False)
    counts: dict[str, Floats] = {
        "n_phenotypes": presence.n_recorded.astype(np.float64),
        "n_entities_of_gene": per_gene,
    }
    for name, values in counts.items():
        if np.isnan(values).all():
            continue
        tests = mean_tests(values, labels)
        for cluster in np.flatnonzero(np.abs(tests.v) > min_v).tolist():
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
    over: Sequence[EvidenceRow], under: Sequence[EvidenceRow], shares: Mapping[str, float]
) -> tuple[str, ...]:
    """Return labels in order of v times enrichment, terms that few members have last.

    By v alone, clusters would be named after the broadest terms of the ontology. A cluster without
    over-represented terms is named after its under-represented terms.
    """
    if not over:
        return tuple(f"Rarely recorded: {row.label}" for row in under)

    def weight(row: EvidenceRow) -> tuple[bool, float, str]:
        share = (row.k or 0) / (row.n or 1)
        return share < COMMON, -(row.v or 0) * np.log2(share / shares[row.term_id]), row.term_id

    return tuple(row.label for row in sorted(over, key=weight))
