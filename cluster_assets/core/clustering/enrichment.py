"""Terms that are over-represented in a cluster of genes: tests, adjustment, redundancy.

One sparse product gives the hits of all clusters in all terms of a source. The background is what
could have been drawn: genes of the universe that the source annotates at all. A whole genome as
background would call a list of disease genes enriched for being disease genes (28 % more hits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cluster_assets.core.clustering.arrays import Flags, Floats, Ids, Labels, Positions, Sparse
from cluster_assets.core.clustering.hypergeometric import log_upper_tail
from cluster_assets.core.clustering.twins import jaccard_of_columns, merge_twins
from cluster_assets.core.models import EvidenceRow

MIN_HITS = 2  # one gene is no pattern; such terms stay in the family of tests with p = 1
MAX_CANDIDATES = 400  # significant terms of a cluster that are searched for near-twins
NEAR_IDENTICAL = 0.75  # Jaccard of the genes in the cluster from which two terms say the same
COMMON = 0.2  # share of the members that a term should hold to speak for the cluster


@dataclass(frozen=True, slots=True)
class EnrichmentParams:
    """Which terms are tested and which are reported.

    Attributes:
        min_term_size: genes of the background that a term needs, and
        max_term_size: may have; terms outside say nothing or everything.
        max_fdr: highest adjusted p-value that is reported.
        max_rows: rows reported for a cluster and source.
    """

    min_term_size: int = 5
    max_term_size: int = 2000
    max_fdr: float = 0.05
    max_rows: int = 20


@dataclass(frozen=True, slots=True)
class Enriched:
    """What one cluster is enriched for.

    Attributes:
        rows: best terms of each source; sources by name, terms by adjusted p-value.
        themes: labels of these rows, the most telling one for the cluster first.
    """

    rows: tuple[EvidenceRow, ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedGenes:
    """The universe of genes with all that is known of them.

    Attributes:
        index: n_genes ids, sorted.
        symbols: their symbols.
        tables: annotations by source.
        labels: official label by term id.
    """

    index: pd.Index
    symbols: tuple[str, ...]
    tables: tuple[SourceTerms, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests of one cluster in one source; arrays of n_terms."""

    hits: Labels
    log_p: Floats
    fdr: Floats


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """The annotations of one source over the universe.

    Attributes:
        source: its name.
        term_ids: size-filtered terms, sorted.
        matrix: n_genes x n_terms, 1 where a gene has a term; rows in the order of the universe.
        sizes: genes of the background with each term.
        spread: annotated genes of each term inside and outside the universe: tells which of two
            terms with the same genes here is the more specific one.
        n_background: genes of the universe with any term of the source.
        annotated: which genes these are.
    """

    source: str
    term_ids: Ids
    matrix: Sparse
    sizes: Labels
    spread: Labels
    n_background: int
    annotated: Flags


def source_terms(
    universe: Sequence[str], annotations: pd.DataFrame, params: EnrichmentParams
) -> list[SourceTerms]:
    """Turn long annotations into one gene x term matrix for each source, sources sorted by name.

    Args:
        universe: n_genes gene ids.
        annotations: `gene_id`, `term_id`, `source`; genes outside the universe are allowed.
        params: size filter.
    """
    gene, gene_ids = pd.factorize(annotations["gene_id"])
    position = pd.Index(list(universe)).get_indexer(pd.Index(gene_ids.astype(object)))
    gene = position[gene]
    term, term_ids = _sorted_codes(annotations["term_id"])
    source, names = _sorted_codes(annotations["source"])
    tables = []
    for code, name in enumerate(names):
        rows = source == code
        tables.append(
            _one_source(str(name), gene[rows], term[rows], term_ids, len(universe), params)
        )
    return [table for table in tables if len(table.term_ids)]


def annotate(
    genes: Mapping[str, str],
    annotations: pd.DataFrame,
    labels: Mapping[str, str],
    params: EnrichmentParams,
) -> AnnotatedGenes:
    """Make the annotations ready for tests.

    Args:
        genes: symbol by gene id, of all genes of the universe.
        annotations: `gene_id`, `term_id`, `source`; genes outside the universe are allowed.
        labels: official label by term id; a term without one keeps its id.
        params: size filter.
    """
    universe = sorted(genes)
    return AnnotatedGenes(
        index=pd.Index(universe),
        symbols=tuple(genes[gene] for gene in universe),
        tables=tuple(source_terms(universe, annotations, params)),
        labels=labels,
    )


def enrich(
    gene_ids: Sequence[str], annotated: AnnotatedGenes, params: EnrichmentParams
) -> Enriched:
    """Return what a cluster is enriched for: best terms of each source, near-identical ones merged.

    Args:
        gene_ids: its members.
        annotated: annotations of the universe.
        params: what is significant and how many rows are kept.
    """
    members = np.sort(annotated.index.get_indexer(pd.Index(list(gene_ids))))
    rows: list[EvidenceRow] = []
    weights: list[tuple[bool, float]] = []
    for table in annotated.tables:
        tests = _test(members, table)
        best = _select(members, table, tests, params)
        inside = table.matrix[members][:, best].toarray().astype(bool)
        for column, term in enumerate(best):
            genes = sorted(annotated.symbols[member] for member in members[inside[:, column]])
            rows.append(_row(table, term, len(members), genes, tests, annotated.labels))
        weights += _theme_weights(table, best, len(members), tests)
    order = sorted(range(len(rows)), key=lambda i: (*weights[i], rows[i].term_id))
    return Enriched(tuple(rows), tuple(rows[i].label for i in order))


def adjust(log_p: Floats, n_tests: int) -> Floats:
    """Return adjusted p-values of Benjamini and Hochberg (1995).

    Args:
        log_p: log p-values of the tests below 1.
        n_tests: size of the family, those with p = 1 included.
    """
    order = np.argsort(log_p, kind="stable")
    scaled = log_p[order] + np.log(n_tests) - np.log(np.arange(1, len(order) + 1))
    adjusted = np.empty(len(order))
    adjusted[order] = np.exp(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 0.0))
    return adjusted


def _sorted_codes(values: pd.Series) -> tuple[Positions, Ids]:
    """Number the values in sorted order, so that row order cannot show through."""
    codes, uniques = pd.factorize(values)
    names = np.asarray(uniques, dtype=object)
    order = np.argsort(names)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[codes], names[order]


def _one_source(
    name: str,
    gene: Positions,
    term: Positions,
    term_ids: Ids,
    n_genes: int,
    params: EnrichmentParams,
) -> SourceTerms:
    spread = np.bincount(term, minlength=len(term_ids))
    inside = gene >= 0
    matrix = sparse.csr_array(
        (np.ones(int(inside.sum()), dtype=np.int32), (gene[inside], term[inside])),
        shape=(n_genes, len(term_ids)),
    )
    matrix.data[:] = 1  # rows that come twice were summed
    annotated = np.diff(matrix.indptr) > 0
    sizes = np.bincount(matrix.indices, minlength=len(term_ids))
    kept = np.flatnonzero((sizes >= params.min_term_size) & (sizes <= params.max_term_size))
    return SourceTerms(
        source=name,
        term_ids=term_ids[kept],
        matrix=sparse.csr_array(matrix[:, kept]),
        sizes=sizes[kept],
        spread=spread[kept],
        n_background=int(annotated.sum()),
        annotated=annotated,
    )


def _test(members: Positions, table: SourceTerms) -> Tests:
    hits = np.bincount(table.matrix[members].indices, minlength=len(table.term_ids))
    drawn = int(table.annotated[members].sum())
    tested = np.flatnonzero(hits >= MIN_HITS)
    log_p = np.zeros(len(hits))
    log_p[tested] = log_upper_tail(hits[tested], table.n_background, table.sizes[tested], drawn)
    fdr = np.ones(len(hits))
    fdr[tested] = adjust(log_p[tested], len(hits))
    return Tests(hits, log_p, fdr)


def _row(
    table: SourceTerms,
    term: int,
    n_members: int,
    genes: list[str],
    tests: Tests,
    labels: Mapping[str, str],
) -> EvidenceRow:
    term_id = str(table.term_ids[term])
    return EvidenceRow(
        id="",
        kind="term",
        source=table.source,
        term_id=term_id,
        label=labels.get(term_id, term_id),
        p=float(np.exp(tests.log_p[term])),
        fdr=float(tests.fdr[term]),
        k=len(genes),
        n=n_members,
        genes=tuple(genes),
    )


def _theme_weights(
    table: SourceTerms, terms: Positions, n_members: int, tests: Tests
) -> list[tuple[bool, float]]:
    """Return sort keys that put the most telling term first.

    The smallest p-value alone would name most clusters after something as broad as `Metabolism`,
    the largest enrichment after a trifle; their product, among terms that a good part of the
    members share, finds what a person would call the cluster.
    """
    share = tests.hits[terms] / n_members
    fold = share * table.n_background / table.sizes[terms]
    weight = tests.log_p[terms] * np.log2(np.maximum(fold, 1.0))
    return [(bool(few), float(w)) for few, w in zip(share < COMMON, weight, strict=True)]


def _select(
    members: Positions, table: SourceTerms, tests: Tests, params: EnrichmentParams
) -> Positions:
    """Return the reported terms of one cluster, best first.

    Of terms that nearly the same genes of the cluster have, the most specific one is reported.
    """
    significant = np.flatnonzero((tests.fdr <= params.max_fdr) & (tests.hits >= MIN_HITS))
    rank = np.lexsort((significant, table.spread[significant], tests.log_p[significant]))
    candidates = significant[rank][:MAX_CANDIDATES]
    hits = table.matrix[members][:, candidates]
    chosen = candidates[
        merge_twins(
            jaccard_of_columns((hits.T @ hits).toarray()),
            list(zip(table.sizes[candidates], table.spread[candidates], strict=True)),
            NEAR_IDENTICAL,
        )
    ]
    return chosen[np.lexsort((chosen, tests.log_p[chosen]))][: params.max_rows]
