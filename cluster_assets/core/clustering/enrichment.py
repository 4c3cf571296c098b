"""Terms that are over-represented in a cluster of genes: tests, adjustment, redundancy.

The background of a source is the genes of the universe that the source annotates at all. Against a
whole genome, any list of disease genes is enriched for being disease genes (28 % more hits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cluster_assets.core.clustering.arrays import (
    Flags,
    Floats,
    Ids,
    Labels,
    Positions,
    Sparse,
    presence_matrix,
)
from cluster_assets.core.clustering.codes import sorted_codes
from cluster_assets.core.clustering.hypergeometric import adjust, log_upper_tail
from cluster_assets.core.clustering.twins import jaccard_of_columns, merge_twins
from cluster_assets.core.models import EvidenceRow

MIN_HITS = 2  # one gene is no pattern; terms with fewer hits count as tests with p = 1
MAX_CANDIDATES = (
    400  # best significant terms of a cluster among which near-identical ones are merged
)
NEAR_IDENTICAL = (
    0.75  # Jaccard index, over the genes of the cluster, from which two terms are merged
)
COMMON = 0.2  # share of the members that a term should have to name the cluster


@dataclass(frozen=True, slots=True)
class EnrichmentParams:
    """Which terms are tested and which are reported.

    Attributes:
        min_term_size: smallest number of background genes of a tested term.
        max_term_size: largest number of background genes of a tested term.
        max_fdr: highest adjusted p-value of a reported term, 0 to 1.
        max_rows: rows reported per cluster and source.
    """

    min_term_size: int = 5
    max_term_size: int = 2000
    max_fdr: float = 0.05
    max_rows: int = 20


@dataclass(frozen=True, slots=True)
class Enriched:
    """What one cluster is enriched for.

    Attributes:
        rows: best terms of each source; sources in order of name, terms in order of p-value.
        themes: labels of these rows, the most characteristic first.
    """

    rows: tuple[EvidenceRow, ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedGenes:
    """The universe of genes with their annotations.

    Attributes:
        index: `(n_genes,)` gene ids, sorted.
        symbols: gene symbols, in the order of `index`.
        tables: annotations, one table per source.
        labels: official label by term id.
    """

    index: pd.Index
    symbols: tuple[str, ...]
    tables: tuple[SourceTerms, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TermTests:
    """Tests of one cluster in one source.

    Attributes:
        hits: `(n_terms,)` members with each term.
        log_p: `(n_terms,)` log p-values.
        fdr: `(n_terms,)` adjusted p-values, 0 to 1.
    """

    hits: Labels
    log_p: Floats
    fdr: Floats


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """The annotations of one source over the universe.

    Attributes:
        source: name of the source.
        term_ids: `(n_terms,)` ids of the terms that pass the size filter, sorted.
        matrix: `(n_genes, n_terms)`, 1 where a gene has a term; rows in the order of the universe.
        sizes: `(n_terms,)` background genes with each term.
        spread: `(n_terms,)` genes with each term inside and outside the universe; of two terms with
            the same genes here, the one with the smaller spread is more specific.
        n_background: genes of the universe with any term of the source.
        annotated: `(n_genes,) bool`, which genes have any term of the source.
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
    """Return one gene x term matrix per source, sources sorted by name.

    Args:
        universe: gene ids, one per row of the matrices.
        annotations: `gene_id`, `term_id`, `source`; genes outside the universe are allowed.
        params: the size filter.
    """
    gene, gene_ids = pd.factorize(annotations["gene_id"])
    position = pd.Index(list(universe)).get_indexer(pd.Index(gene_ids.astype(object)))
    gene = position[gene]
    term, term_ids = sorted_codes(annotations["term_id"])
    source, names = sorted_codes(annotations["source"])
    tables: list[SourceTerms] = []
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
    """Prepare annotations for tests.

    Args:
        genes: symbol by gene id, for all genes of the universe.
        annotations: `gene_id`, `term_id`, `source`; genes outside the universe are allowed.
        labels: official label by term id; a term without one is labelled with its id.
        params: the size filter.
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
    """Return the best terms of each source for a cluster, near-identical terms merged.

    Args:
        gene_ids: members of the cluster.
        annotated: annotations of the universe.
        params: limits on significance and on the number of rows.
    """
    members = np.sort(annotated.index.get_indexer(pd.Index(list(gene_ids))))
    rows: list[EvidenceRow] = []
    weights: list[tuple[bool, float]] = []
    for table in annotated.tables:
        tests = _test(members, table)
        best = _select(members, table, tests, params)
        inside = table.matrix[members][:, best].toarray().astype(bool)
        for column, term in enumerate(best):
            with_term: list[int] = members[inside[:, column]].tolist()
            genes = sorted(annotated.symbols[member] for member in with_term)
            rows.append(_row(table, term, len(members), genes, tests, annotated.labels))
        weights += _theme_weights(table, best, len(members), tests)
    order = sorted(range(len(rows)), key=lambda i: (*weights[i], rows[i].term_id))
    return Enriched(tuple(rows), tuple(rows[i].label for i in order))


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
    matrix = presence_matrix(gene[inside], term[inside], (n_genes, len(term_ids)))
    annotated = np.diff(matrix.indptr) > 0
    sizes = np.bincount(matrix.indices, minlength=len(term_ids))
    kept = np.flatnonzero((sizes >= params.min_term_size) & (sizes <= params.max_term_size))
    return SourceTerms(
        source=name,
        term_ids=term_ids[kept],
        matrix=matrix[:, kept],
        sizes=sizes[kept],
        spread=spread[kept],
        n_background=int(annotated.sum()),
        annotated=annotated,
    )


def _test(members: Positions, table: SourceTerms) -> TermTests:
    hits = np.bincount(table.matrix[members].indices, minlength=len(table.term_ids))
    drawn = int(table.annotated[members].sum())
    tested = np.flatnonzero(hits >= MIN_HITS)
    log_p = np.zeros(len(hits))
    log_p[tested] = log_upper_tail(hits[tested], table.n_background, table.sizes[tested], drawn)
    fdr = np.ones(len(hits))
    fdr[tested] = adjust(log_p[tested], len(hits))
    return TermTests(hits, log_p, fdr)


def _row(
    table: SourceTerms,
    term: int,
    n_members: int,
    genes: list[str],
    tests: TermTests,
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
    table: SourceTerms, terms: Positions, n_members: int, tests: TermTests
) -> list[tuple[bool, float]]:
    """Return sort keys that put the most characteristic term first.

    By p-value alone, most clusters would be named after a term as broad as `Metabolism`; by
    enrichment alone, after a term of a few members. The product of both, among terms that at least
    a fifth of the members have, finds the name that a person would choose.
    """
    share = tests.hits[terms] / n_members
    fold = share * table.n_background / table.sizes[terms]
    weight = tests.log_p[terms] * np.log2(np.maximum(fold, 1.0))
    return [(bool(few), float(w)) for few, w in zip(share < COMMON, weight, strict=True)]


def _select(
    members: Positions, table: SourceTerms, tests: TermTests, params: EnrichmentParams
) -> Positions:
    """Return the reported terms of one cluster, best first.

    Of several terms that nearly the same genes of the cluster have, the most specific is reported.
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
