from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
import pytest

from cluster_assets.core.clustering.enrichment import (
    Enriched,
    EnrichmentParams,
    annotate,
    enrich,
)
from cluster_assets.core.clustering.hypergeometric import adjust, log_upper_tail

GENES = {f"HGNC:{i}": f"G{i:02d}" for i in range(1, 61)}
IDS = list(GENES)
CLUSTER = IDS[:10]
PARAMS = EnrichmentParams(min_term_size=3, max_term_size=50)


def annotations(**terms: list[str]) -> pd.DataFrame:
    """Terms by `source_name`; the source is what stands before the underscore."""
    rows = [
        (gene, f"{key.split('_')[0]}:{key.split('_')[1]}", key.split("_")[0])
        for key, genes in terms.items()
        for gene in genes
    ]
    return pd.DataFrame(rows, columns=["gene_id", "term_id", "source"])


def run(rows: pd.DataFrame, params: EnrichmentParams = PARAMS) -> Enriched:
    return enrich(CLUSTER, annotate(GENES, rows, {}, params), params)


def test_background_is_what_the_source_annotates_within_the_universe() -> None:
    rows = annotations(
        A_hit=IDS[:8], A_rest=IDS[20:40], B_all=IDS[:50], A_outside=["HGNC:999", "HGNC:998"]
    )
    found = next(row for row in run(rows).rows if row.term_id == "A:hit")
    assert log(found.p) == pytest.approx(float(log_upper_tail(8, 28, 8, 8)))
    assert (found.k, found.n) == (8, 10)
    assert found.genes == tuple(f"G{i:02d}" for i in range(1, 9))
    assert found.direction == "over"


def test_every_size_filtered_term_counts_as_a_test() -> None:
    few = annotations(A_hit=IDS[:8], A_rest=IDS[20:40])
    many = pd.concat([few, annotations(**{f"A_t{i}": IDS[20 + i : 24 + i] for i in range(18)})])
    assert run(few).rows[0].fdr == pytest.approx(2 * run(few).rows[0].p)
    assert run(many).rows[0].fdr == pytest.approx(20 * run(many).rows[0].p)
    tiny = pd.concat([many, annotations(A_tiny=IDS[30:32])])
    assert run(tiny).rows[0].fdr == run(many).rows[0].fdr


def test_one_gene_is_no_pattern() -> None:
    rows = annotations(A_single=[IDS[0], *IDS[50:52]], A_rest=IDS[10:50])
    assert run(rows, EnrichmentParams(min_term_size=1, max_fdr=1.0)).rows == ()


def test_the_most_specific_of_near_identical_terms_is_kept() -> None:
    rows = annotations(
        A_parent=IDS[:8] + IDS[40:44],
        A_child=IDS[:8],
        A_grandparent=IDS[:8] + IDS[40:50],
        A_other=IDS[6:10] + IDS[30:31],
        A_rest=IDS[20:60],
    )
    assert {row.term_id for row in run(rows).rows} == {"A:child", "A:other"}


def test_of_terms_with_the_same_genes_the_one_that_is_rarer_elsewhere_is_kept() -> None:
    outside = [f"HGNC:{i}" for i in range(900, 910)]
    rows = annotations(A_aaa=IDS[:8] + outside, A_zzz=IDS[:8], A_rest=IDS[20:60])
    assert [row.term_id for row in run(rows).rows] == ["A:zzz"]


def test_rows_are_limited_for_each_source_and_sorted_within() -> None:
    terms = {f"{source}_t{i}": [*IDS[i : i + 3], IDS[58]] for i in range(7) for source in "AB"}
    rows = annotations(**terms, A_rest=IDS[10:60], B_rest=IDS[10:60])
    found = run(rows, EnrichmentParams(min_term_size=3, max_term_size=55, max_rows=2)).rows
    assert [row.source for row in found] == ["A", "A", "B", "B"]
    assert [row.fdr for row in found[:2]] == sorted(row.fdr or 0 for row in found[:2])


def test_adjustment_is_that_of_benjamini_and_hochberg() -> None:
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(1).random(50) ** 3
    assert adjust(np.log(p), 50) == pytest.approx(false_discovery_control(p))
    padded = np.concatenate([p, np.ones(70)])
    assert adjust(np.log(p), 120) == pytest.approx(false_discovery_control(padded)[:50])


def test_the_theme_is_neither_the_broadest_nor_the_smallest_term() -> None:
    rows = annotations(
        A_broad=IDS[:10] + IDS[20:45],
        A_fitting=IDS[:8] + IDS[50:51],
        A_trifle=IDS[8:10] + IDS[55:56],
        A_rest=IDS[10:60],
    )
    assert run(rows).themes[0] == "A:fitting"
