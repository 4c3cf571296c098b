"""The gene scanner on labelled prose of a real model, and its rules one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cluster_assets.core.models import Vocabulary
from cluster_assets.core.summary.checks.genes import scan_genes
from support.packets import VOCABULARY

MENTIONS = Path(__file__).parent / "gene_mentions.txt"
MINIMUM = 150


def labelled() -> list[tuple[str, set[tuple[int, str]]]]:
    """Texts with the places and symbols of their gene mentions."""
    texts = []
    for line in MENTIONS.read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        truth = set()
        text = ""
        for piece in re.split(r"(\[[^\]]+\])", line):
            if piece.startswith("["):
                truth.add((len(text), piece[1:-1]))
            text += piece.strip("[]") if piece.startswith("[") else piece
        texts.append((text, truth))
    return texts


@pytest.fixture(scope="module")
def hgnc(shared_data: Path) -> Vocabulary:
    import pandas as pd

    table = pd.read_csv(shared_data / "ndd" / "hgnc.tsv.gz", sep="\t", dtype=str).fillna("")
    return Vocabulary(
        labels={},
        synonyms={},
        symbols=dict(zip(table["symbol"], table["hgnc_id"], strict=True)),
        aliases={"x": frozenset()},
        gene_names=dict(zip(table["hgnc_id"], table["name"], strict=True)),
    )


@pytest.mark.real_data
def test_precision_and_recall_on_prose_of_a_real_model(hgnc: Vocabulary) -> None:
    right = found = wanted = 0
    for text, truth in labelled():
        mentions = {(mention.start, mention.symbol) for mention in scan_genes(text, hgnc)}
        right += len(mentions & truth)
        found += len(mentions)
        wanted += len(truth)
    assert wanted >= MINIMUM
    assert right / found >= 0.95
    assert right / wanted >= 0.90


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
