"""How well the derived confidence tells real gene sets from contaminated ones.

Data: 100 GO process gene sets of Hu et al. 2024, each with a twin of which half and a twin of which
all genes are random. GO processes are withheld from the evidence, so that the answer is not in it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.core.clustering.enrichment import (
    AnnotatedGenes,
    EnrichmentParams,
    annotate,
    enrich,
)
from cluster_assets.core.identity import sha256_hex
from cluster_assets.core.models import EvidencePacket, Member
from cluster_assets.core.packet import build_packet
from cluster_assets.core.summary.confidence import derive_confidence

LIBRARIES: Mapping[str, str] = {
    "GO:CC": "GO_Cellular_Component_2023.gmt.gz",
    "GO:MF": "GO_Molecular_Function_2023.gmt.gz",
    "REAC": "Reactome_2022.gmt.gz",
    "WP": "WikiPathway_2023_Human.gmt.gz",
}
COLUMNS = ("Genes", "50perc_contaminated_Genes", "100perc_contaminated_Genes")


@dataclass(frozen=True, slots=True)
class ConfidenceReport:
    """Areas under the ROC curve, and how often each kind of set reaches each level.

    Attributes:
        auroc_half: real against half-contaminated.
        auroc_random: real against random.
        high: share of real, half-contaminated and random sets that get `high`.
        low: share that get `low`.
    """

    auroc_half: float
    auroc_random: float
    high: tuple[float, ...]
    low: tuple[float, ...]


def measure_confidence(data: Path) -> ConfidenceReport:
    """Run the derived confidence over the sets.

    Args:
        data: folder with `confidence/` and `ndd/`; see its `SOURCES.md`.
    """
    sets = pd.read_csv(data / "confidence" / "hu2024_go_contaminated_dev.csv")
    groups = [[text.split() for text in sets[column]] for column in COLUMNS]
    annotations = pd.concat([_libraries(data / "confidence"), _phenotypes(data / "ndd")])
    genes = {str(gene) for gene in annotations["gene_id"]}
    genes |= {gene for group in groups for members in group for gene in members}
    params = EnrichmentParams()
    annotated = annotate({gene: gene for gene in genes}, annotations, {}, params)
    derived = [
        [derive_confidence(_packet(members, annotated, params)) for members in group]
        for group in groups
    ]
    values = [np.array([one.value for one in group]) for group in derived]
    return ConfidenceReport(
        auroc_half=auroc(values[0], values[1]),
        auroc_random=auroc(values[0], values[2]),
        high=tuple(sum(x.level == "high" for x in group) / len(group) for group in derived),
        low=tuple(sum(x.level == "low" for x in group) / len(group) for group in derived),
    )


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the chance that a positive value lies above a negative one, ties counted half."""
    above = (positive[:, None] > negative[None, :]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None, :]).mean())


def _packet(
    members: Sequence[str], annotated: AnnotatedGenes, params: EnrichmentParams
) -> EvidencePacket:
    unique = sorted(set(members))
    return build_packet(
        cluster_type="functional",
        cluster_hash=sha256_hex(" ".join(unique).encode()),
        name="set",
        members=[Member(gene, gene) for gene in unique],
        rows=enrich(unique, annotated, params).rows,
        data_releases={},
    )


def _libraries(folder: Path) -> pd.DataFrame:
    rows = []
    for source, name in LIBRARIES.items():
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                term, _, *genes = line.rstrip("\n").split("\t")
                rows += [(gene, term, source) for gene in genes if gene]
    return pd.DataFrame(rows, columns=["gene_id", "term_id", "source"]).drop_duplicates()


def _phenotypes(folder: Path) -> pd.DataFrame:
    """Return HPO annotations by symbol."""
    table = pd.read_parquet(folder / "annotations.parquet")
    table = table[table["src"] == "HPO"]
    hgnc = pd.read_csv(folder / "hgnc.tsv.gz", sep="\t", usecols=["hgnc_id", "symbol"], dtype=str)
    symbols = table["gene"].map(hgnc.set_index("hgnc_id")["symbol"])
    rows = pd.DataFrame({"gene_id": symbols, "term_id": table["term"], "source": "HPO"})
    return rows.dropna().drop_duplicates()
