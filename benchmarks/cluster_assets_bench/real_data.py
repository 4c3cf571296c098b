"""The shared real data as inputs: NDD genes, their interactions and annotations, HPO's diseases."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cluster_assets.core.models import FunctionalInput, PhenotypeInput
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig

HETIO_WEIGHT = 0.9  # hetio has no scores; the STRING edges here begin at 0.902


def sysndd_genes(ndd: Path) -> pd.DataFrame:
    """Return `gene_id` and `symbol` of the 3,215 genes on SysNDD's list.

    Args:
        ndd: the folder of the data.
    """
    table = pd.read_csv(ndd / "genes.tsv", sep="\t", usecols=["hgnc_id", "symbol", "ndd_lists"])
    kept = table[table["ndd_lists"].str.contains("SysNDD", regex=False, na=False)]
    return kept[["hgnc_id", "symbol"]].rename(columns={"hgnc_id": "gene_id"})


def string_edges(ndd: Path) -> pd.DataFrame:
    """Return `gene_a`, `gene_b`, `weight` of the 10,000 strongest STRING edges."""
    table = pd.read_csv(ndd / "string_v11.5_top10k_edges.tsv", sep="\t")
    return table.rename(columns={"score": "weight"})[["gene_a", "gene_b", "weight"]]


def all_edges(ndd: Path) -> pd.DataFrame:
    """Return the STRING edges and those of hetio."""
    hetio = pd.read_csv(ndd / "hetio_ppi_edges.tsv.gz", sep="\t").assign(weight=HETIO_WEIGHT)
    return pd.concat([string_edges(ndd), hetio], ignore_index=True)


def functional_input(ndd: Path, genes: pd.DataFrame, interactions: pd.DataFrame) -> FunctionalInput:
    """Return genes and interactions with 3 million annotations from GO, Reactome and HPO."""
    annotations = pd.read_parquet(ndd / "annotations.parquet")
    annotations = annotations.rename(
        columns={"gene": "gene_id", "term": "term_id", "src": "source"}
    )
    names = pd.read_parquet(ndd / "terms.parquet")["name"]
    return FunctionalInput(
        genes=genes,
        interactions=interactions,
        annotations=annotations.drop_duplicates(["gene_id", "term_id"]),
        terms=pd.DataFrame({"term_id": names.index, "label": names.to_numpy(), "source": ""}),
        interaction_label="protein interaction",
        namespace="HGNC",
        releases={"STRING": "11.5", "GO": "2022-07"},
    )


def diseases(phenotype_terms: str) -> PhenotypeInput:
    """Return the 4,829 diseases of the embedded HPO release.

    Args:
        phenotype_terms: `prevalence` (524 active terms) or `clinical` (28).
    """
    if phenotype_terms == "clinical":
        return open_source(SourceConfig(phenotype_terms="clinical")).phenotype()
    return open_source(SourceConfig()).phenotype()
