"""The rules of the gene scanner, one by one."""

from __future__ import annotations

import pytest

from cluster_assets.core.models import Vocabulary
from cluster_assets.core.summary.checks.genes import scan_genes
from support.packets import VOCABULARY


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("MECP2 and BRCA1 are named.", ["MECP2", "BRCA1"]),
        ("mecp2 and Brca1 are spelt in another way.", []),
        ("MECP2-related, non-BRCA1 and SHANK3/DLG4", ["MECP2", "SHANK3", "DLG4"]),
        ("the EGFR family, EGFR-like proteins, EGFR domain", []),
        ("REST and relaxation; a SET of genes; CAT scan", []),
        ("the REST gene; later REST again", ["REST", "REST"]),
        ("variants in CAT", ["CAT"]),
        ("SHANK3, REST and KIT", ["SHANK3", "REST", "KIT"]),
        ("early growth factor response (EGFR)", []),
        ("NRXN1 works with REST genes", ["NRXN1"]),  # REST is a word of the name of NRXN1
        ("KCNQ2 is not in this vocabulary", []),
        ("XMECP2 MECP2X MECP2_1", []),
    ],
)
def test_rules(text: str, symbols: list[str]) -> None:
    assert [mention.symbol for mention in scan_genes(text, VOCABULARY)] == symbols


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("KCNQ2 and SLC25A39 have the shape of symbols", ["KCNQ2", "SLC25A39"]),
        ("CD4+ T cells, H3K4me3, CO2, COVID19, GABA2, 22q11", []),
    ],
)
def test_without_aliases_the_shape_of_a_symbol_is_enough(text: str, symbols: list[str]) -> None:
    bare = Vocabulary(labels={}, synonyms={}, symbols={}, aliases={})
    assert [mention.symbol for mention in scan_genes(text, bare)] == symbols
