"""Which kind of gene id a column holds, decided by all its values together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from cluster_assets.sources import ids
from cluster_assets.sources.formats.table import Table, each
from cluster_assets.sources.notices import listed

_NAMES = frozenset({"symbols", "UniProt accessions"})  # what an HGNC table resolves


@dataclass(frozen=True, slots=True)
class OtherKind:
    """A column in which most values are not gene ids.

    Attributes:
        resolvable: whether an HGNC table resolves its values.
        what: what is wrong and how to correct it, without an HGNC table.
    """

    resolvable: bool
    what: str


def speller(table: Table, column: str) -> Callable[[str], str]:
    """Return what normalises the ids of a column of genes."""
    name = table.names.get(column, column).lower()
    prefix = "HGNC" if "hgnc" in name else None
    if "ncbi" in name or "entrez" in name:
        prefix = "NCBIGene"
    return ids.gene_speller(map(str, table.frame[column].unique()), prefix)


def other_kind(column: pd.Series) -> OtherKind | None:
    """Return what a column holds when most of its values are not gene ids, if it is one kind."""
    values = column.astype("str")
    values = values[~each(ids.is_missing)(values)]
    wrong = values[~each(ids.is_gene_id)(values)]
    kind, n_such, n_wrong = ids.commonest_kind(wrong)
    one_kind = kind != ids.OTHER_KIND and 2 * n_such > n_wrong
    if len(values) < 2 or 2 * n_wrong <= len(values) or not one_kind:
        return None
    remedy = (
        "put `NCBIGene:` or `HGNC:` in front of them"
        if kind == "bare numbers"
        else "give gene ids, or set CLUSTER_ASSETS_HGNC_FILE to resolve symbols"
    )
    count = f"{n_wrong:,} of {len(values):,} values look like {kind}"
    return OtherKind(kind in _NAMES, f"{count} ({listed(set(wrong))}); {remedy}")
