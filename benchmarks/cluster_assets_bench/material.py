"""What the judge benchmark works on: packets of real clusters, an official vocabulary, hard cases.

Without the shared data everything comes from the embedded HPO release; with it, functional clusters
are those of a real protein network with GO, Reactome and HPO terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.models import (
    EvidencePacket,
    EvidenceRow,
    FunctionalInput,
    Member,
    Vocabulary,
)
from cluster_assets.core.packet import build_packet
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.vocabulary import load_vocabulary
from cluster_assets_bench.real_data import functional_input, string_edges

N_PHENOTYPE = 45
MIN_SIZE = 4
RESOLUTION = 4.0  # small clusters too, as users of a high resolution get them


@dataclass(frozen=True, slots=True)
class Material:
    """The benchmark's world.

    Attributes:
        packets: real clusters, functional ones first.
        hard: packets made to trip a check: awkward labels, depletion only, very many members, few.
        vocabulary: official terms and genes.
        description: where it all comes from, for the report.
    """

    packets: tuple[EvidencePacket, ...]
    hard: tuple[EvidencePacket, ...]
    vocabulary: Vocabulary
    description: str


@lru_cache(maxsize=2)
def load_material(data: Path | None = None) -> Material:
    """Cluster real data and gather the words; about 15 s.

    Args:
        data: the shared data folder with `ndd/`, None for the embedded data alone.
    """
    config = (
        SourceConfig() if data is None else SourceConfig(hgnc_file=data / "ndd" / "hgnc.tsv.gz")
    )
    source = open_source(config)
    functional = source.functional() if data is None else _protein_network(data / "ndd")
    genes = cluster_genes(
        functional,
        FunctionalParams(n_runs=5, n_best=2, resolution=RESOLUTION, min_size=MIN_SIZE),
    )
    entities = cluster_entities(
        source.phenotype(),
        PhenotypeParams(k_min=N_PHENOTYPE, k_max=N_PHENOTYPE, min_size=MIN_SIZE, n_draws=2),
    )
    packets = tuple(cluster.packet for cluster in (*genes.clusters, *entities.clusters))
    where = "embedded HPO release" if data is None else "STRING with GO, Reactome and HPO; HPO"
    return Material(
        packets=packets,
        hard=hard_packets(),
        vocabulary=_vocabulary(config, functional),
        description=f"{len(packets)} real clusters ({where})",
    )


def hard_packets() -> tuple[EvidencePacket, ...]:
    """Return packets whose true summaries a careless check would refuse."""
    symbols = ["NOTCH1", "SET", "KIT", "CFTR", "SHANK3", "MAX"]
    awkward = [
        _term("REAC", "R-HSA-1980143", "Signaling by NOTCH1", 1e-12, symbols[:4]),
        _term("REAC", "R-HSA-5678895", "Defective CFTR causes cystic fibrosis", 1e-8, symbols[2:5]),
        _term("HPO", "HP:0025223", "Ameliorated by ketogenic diet", 1e-6, symbols[1:4]),
        _term("GO:BP", "GO:0045944", "negative regulation of apoptotic process", 1e-5, symbols[:3]),
        _term("HPO", "HP:0000708", "Atypical behavior", 1e-4, symbols[3:6]),
        _term(
            "HPO",
            "HP:0003236",
            "Elevated circulating creatine kinase concentration",
            0.01,
            symbols[:2],
        ),
    ]
    features = [
        _feature("HP:0001344", "Absent speech", 12.0, 40, 50),
        _feature("HP:0001252", "Decreased muscle tone", 9.0, 33, 50),
        _feature("HP:0003236", "Elevated circulating creatine kinase concentration", 7.5, 30, 50),
        _feature("HP:0000708", "Atypical behavior", -8.0, 5, 50),
        _feature("HP:0032500", "Exacerbated by tobacco use", -3.0, 1, 50),
    ]
    under = [replace(row, v=-abs(row.v or 0.0), direction="under") for row in features]
    many = [replace(row, k=(row.k or 0) * 20, n=1000) for row in features]
    few = [_term("GO:CC", "GO:0014069", "postsynaptic density", 0.002, symbols[:3], n=3)]
    return (
        _packet("functional", symbols, awkward),
        _packet("phenotype", _names(50), features),
        _packet("phenotype", _names(50), under),
        _packet("phenotype", _names(1000), many),
        _packet("functional", symbols[:3], few),
    )


def _vocabulary(config: SourceConfig, functional: FunctionalInput) -> Vocabulary:
    """Return the product's vocabulary and the labels of the terms that genes are annotated to."""
    product = load_vocabulary(config)
    used = set(functional.annotations["term_id"])
    pairs = zip(functional.terms["term_id"], functional.terms["label"], strict=True)
    labels = {term: label for term, label in pairs if term in used and not term.startswith("HP:")}
    return replace(product, labels={**labels, **product.labels})


def _protein_network(ndd: Path) -> FunctionalInput:
    """Return the strongest STRING edges among NDD genes with GO, Reactome and HPO annotations."""
    genes = pd.read_csv(ndd / "genes.tsv", sep="\t", usecols=["hgnc_id", "symbol"])
    genes = genes.rename(columns={"hgnc_id": "gene_id"}).drop_duplicates("gene_id")
    edges = string_edges(ndd)
    linked = set(edges["gene_a"]) | set(edges["gene_b"])
    return functional_input(
        ndd,
        genes[genes["gene_id"].isin(linked)],
        edges[edges["gene_a"].isin(genes["gene_id"]) & edges["gene_b"].isin(genes["gene_id"])],
    )


def _term(
    source: str, term_id: str, label: str, fdr: float, genes: list[str], n: int = 6
) -> EvidenceRow:
    return EvidenceRow(
        id="", kind="term", source=source, term_id=term_id, label=label, p=fdr / 10, fdr=fdr,
        k=len(genes), n=n, genes=tuple(genes),
    )  # fmt: skip


def _feature(term_id: str, label: str, v: float, k: int, n: int) -> EvidenceRow:
    return EvidenceRow(
        id="", kind="term", source="HPO", term_id=term_id, label=label, p=10.0 ** -abs(v), v=v,
        k=k, n=n, direction="over" if v > 0 else "under",
    )  # fmt: skip


def _names(n: int) -> list[str]:
    return [f"Disorder {number}" for number in range(n)]


def _packet(kind: str, labels: list[str], rows: list[EvidenceRow]) -> EvidencePacket:
    functional = kind == "functional"
    return build_packet(
        cluster_type="functional" if functional else "phenotype",
        cluster_hash=f"{len(labels):064x}",
        name=f"Hard case of {len(labels)}",
        members=[
            Member(f"HGNC:{9000 + i}" if functional else f"-|OMIM:{9000 + i}|-", label)
            for i, label in enumerate(labels)
        ],
        rows=rows,
        data_releases={},
    )
