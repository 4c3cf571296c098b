"""Tables with planted clusters, as a user of the source `files` would bring them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

GENES_PER_CLUSTER = 12


def gene_id(cluster: int, number: int) -> str:
    """Return the HGNC id of a planted gene."""
    return f"HGNC:{1000 + cluster * 100 + number}"


def write_tables(
    folder: Path,
    n_clusters: int,
    *,
    without: Sequence[str] = (),
    shuffle_seed: int | None = None,
    marks: Mapping[int, str] | None = None,
) -> dict[str, str]:
    """Write genes, interactions, annotations and terms; return the settings that name them.

    Each cluster is a clique with three terms of its own. `without` leaves genes out, `marks` is
    put into the labels of a cluster's terms (the tests' model server obeys marks).
    """
    folder.mkdir(parents=True, exist_ok=True)
    genes, edges, annotations, terms = [], [], [], []
    for cluster in range(n_clusters):
        ids = [gene_id(cluster, n) for n in range(GENES_PER_CLUSTER)]
        ids = [gene for gene in ids if gene not in without]
        genes += [f"{gene}\tG{gene.split(':')[1]}" for gene in ids]
        edges += [f"{a}\t{b}\t0.9" for i, a in enumerate(ids) for b in ids[i + 1 :]]
        for number, word in enumerate(("in signalling", "ase transport", "ol assembly")):
            term = f"GO:{9_000_000 + cluster * 10 + number:07d}"
            label = f"{_name(cluster)}{word} {(marks or {}).get(cluster, '')}".strip()
            terms.append(f"{term}\t{label}\tGO:BP")
            # Each term has two thirds of the genes, and no two the same: none is redundant
            third = set(ids[4 * number : 4 * number + 4])
            annotations += [f"{gene}\t{term}\tGO:BP" for gene in ids if gene not in third]
    tables = {
        "genes_file": ("genes.tsv", "hgnc_id\tsymbol", genes),
        "interactions_files": ("interactions.tsv", "gene_a\tgene_b\tscore", edges),
        "annotations_files": ("annotations.tsv", "gene_id\tterm_id\tsource", annotations),
        "terms_file": ("terms.tsv", "term_id\tlabel\tsource", terms),
    }
    for name, head, rows in tables.values():
        if shuffle_seed is not None:
            random.Random(shuffle_seed).shuffle(rows)
        (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return table_settings(folder)


def table_settings(folder: Path) -> dict[str, str]:
    """Return the settings that name the tables of a folder."""
    names = {
        "GENES_FILE": "genes.tsv",
        "INTERACTIONS_FILES": "interactions.tsv",
        "ANNOTATIONS_FILES": "annotations.tsv",
        "TERMS_FILE": "terms.tsv",
    }
    named = {f"CLUSTER_ASSETS_{key}": str(folder / name) for key, name in names.items()}
    return {"CLUSTER_ASSETS_SOURCE": "files", **named}


def _name(cluster: int) -> str:
    """Return a made-up word for a cluster, no real term and different for each."""
    first, second = divmod(cluster, 7)
    starts = ["bar", "cel", "dor", "fim", "gal", "hon", "jul", "kem", "lor", "mir"]
    ends = ["ovan", "etic", "ulin", "aster", "ipal", "onic", "urel"]
    return starts[first % 10] + ends[second] + ("" if first < 10 else str(first))
