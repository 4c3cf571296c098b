"""The gene scanner on labelled prose of a real model."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.core.models import Vocabulary
from cluster_assets.core.summary.checks.genes import scan_genes

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
