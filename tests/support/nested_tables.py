"""Tables whose interactions form two clusters of two parts each, and genes that fit both."""

from __future__ import annotations

import random
from pathlib import Path

from cluster_assets_bench.testing.planted import table_settings

PART_SIZE = 24
N_PARTS = 4


def gene(number: int) -> str:
    return f"HGNC:{5000 + number}"


def parts() -> list[frozenset[str]]:
    """Return the genes of each part; the first two make one cluster, the last two the other."""
    return [
        frozenset(gene(part * PART_SIZE + n) for n in range(PART_SIZE)) for part in range(N_PARTS)
    ]


def write_nested(folder: Path, *, n_between: int = 0, seed: int = 4) -> dict[str, str]:
    """Write the tables; return the settings that name them.

    `n_between` genes interact with as many genes of one cluster as of the other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    n = N_PARTS * PART_SIZE
    edges = []
    for low in range(n):
        for high in range(low + 1, n):
            one, two = low // PART_SIZE, high // PART_SIZE
            odds = 0.8 if one == two else 0.35 if one // 2 == two // 2 else 0.005
            if rng.random() < odds:
                edges.append(f"{gene(low)}\t{gene(high)}\t0.9")
    for extra in range(n, n + n_between):
        edges += [f"{gene(extra)}\t{gene(other)}\t0.9" for other in range(extra % 5, n, 8)]
    terms = [f"GO:{7_000_000 + part:07d}" for part in range(N_PARTS)]
    words = ("axon guidance", "synapse pruning", "bile secretion", "iron storage")
    rows = {
        "genes.tsv": [
            "hgnc_id\tsymbol",
            *(f"{gene(i)}\tG{5000 + i}" for i in range(n + n_between)),
        ],
        "interactions.tsv": ["gene_a\tgene_b\tscore", *edges],
        "annotations.tsv": [
            "gene_id\tterm_id\tsource",
            *(f"{gene(i)}\t{terms[i // PART_SIZE]}\tGO:BP" for i in range(n)),
        ],
        "terms.tsv": [
            "term_id\tlabel\tsource",
            *(f"{term}\t{word}\tGO:BP" for term, word in zip(terms, words, strict=True)),
        ],
    }
    for name, lines in rows.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table_settings(folder)
