"""Which id and symbol the genes of HPO's files get: NCBI's, or HGNC's when its table is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from cluster_assets.sources.formats.hgnc import Hgnc, map_genes
from cluster_assets.sources.ids import is_missing
from cluster_assets.sources.notices import Notice, about_ids


@dataclass(frozen=True, slots=True)
class NamedPairs:
    """Gene-disease pairs with the gene ids that clusters use.

    Attributes:
        pairs: unique `gene_id` (missing where the gene cannot be named), `symbol`, `disease_id`.
        namespace: prefix of the gene ids.
        notices: genes without symbol, unknown to HGNC, ambiguous or renamed.
    """

    pairs: pd.DataFrame
    namespace: Literal["HGNC", "NCBIGene"]
    notices: tuple[Notice, ...]


def name_genes(pairs: pd.DataFrame, hgnc: Hgnc | None, where: str) -> NamedPairs:
    """Give the genes of `hpoa.read_gene_disease_pairs` their ids and symbols.

    A pair whose gene has no HGNC id is kept without `gene_id`: the gene still counts when deciding
    whether a disease has exactly one gene.

    Args:
        pairs: `ncbi_id`, `symbol`, `disease_id`.
        hgnc: maps to HGNC ids; without it ids are `NCBIGene:<ncbi_id>`.
        where: name of the file, for the notices.
    """
    ncbi_ids = "NCBIGene:" + pairs["ncbi_id"]
    symbols = pairs["symbol"].where(~pairs["symbol"].map(is_missing), "")
    if hgnc is None:
        gene_ids = ncbi_ids
        text = "genes without a symbol, shown by their id"
        notices = about_ids("unlabelled", where, text, ncbi_ids[symbols == ""])
        symbols = symbols.where(symbols != "", ncbi_ids)
    else:
        genes = dict(zip(ncbi_ids, symbols, strict=True))
        mapped = map_genes(hgnc, genes.items(), where)
        notices = mapped.notices
        gene_ids = ncbi_ids.map(mapped.ids)
        symbols = gene_ids.map(hgnc.symbols)
    result = pd.DataFrame(
        {"gene_id": gene_ids, "symbol": symbols, "disease_id": pairs["disease_id"]}
    )
    return NamedPairs(
        result.drop_duplicates(["gene_id", "disease_id"], ignore_index=True),
        "NCBIGene" if hgnc is None else "HGNC",
        notices,
    )
