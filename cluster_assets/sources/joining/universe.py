"""The genes to cluster, and how ids and symbols in other tables resolve to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.hgnc import Hgnc, map_genes
from cluster_assets.sources.formats.spreadsheet import DAMAGED, is_damaged
from cluster_assets.sources.formats.table import Table, each
from cluster_assets.sources.ids import commonest_kind, usual_symbol
from cluster_assets.sources.notices import Notice, about_ids, about_rows, listed
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import validate

OUTSIDE = -1  # well formed, but not one of the genes
AMBIGUOUS = -2
UNKNOWN = -3


@dataclass(frozen=True)
class Universe:
    """The genes to cluster.

    Attributes:
        genes: `gene_id`, `symbol`, sorted by `gene_id`.
        namespace: prefix of the gene ids.
        hgnc: resolves other ids and symbols; None when not set.
    """

    genes: pd.DataFrame
    namespace: Literal["HGNC", "NCBIGene"]
    hgnc: Hgnc | None

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {gene_id: row for row, gene_id in enumerate(self.genes["gene_id"])}

    @cached_property
    def _by_symbol(self) -> dict[str, int]:
        return {symbol: row for row, symbol in enumerate(self.genes["symbol"])}

    def locate(
        self, frame: pd.DataFrame, columns: Sequence[str], where: str
    ) -> tuple[np.ndarray, tuple[Notice, ...]]:
        """Find the genes that some columns of a table name.

        Args:
            frame: n rows.
            columns: m columns of ids or symbols.
            where: where the table comes from, for the notices.

        Returns:
            Row numbers in `genes`, shape (n, m), or `OUTSIDE`, `AMBIGUOUS`, `UNKNOWN`; and notices
            of names and rows that are left out.
        """
        column = pd.concat([frame[column] for column in columns], ignore_index=True)
        codes, values = pd.factorize(column)
        names = [str(value) for value in values]
        rows = np.array([self._row(name) for name in names], dtype=np.int64)
        located = rows[codes].reshape(len(columns), -1).T
        n_outside = int((located < 0).any(axis=1).sum())
        text = "rows with genes that are not clustered, left out"
        outside = about_rows("outside", where, text, n_outside, len(frame))
        return located, (*self._name_notices(where, names, rows), *outside)

    def unmatched(self, columns: Iterable[pd.Series]) -> str:
        """Return the first few names that are none of the genes, and what they look like."""
        names = sorted({str(name) for column in columns for name in column.unique()})
        strange = [name for name in names if self._row(name) < 0]
        if not strange:
            return ""
        kind, example = commonest_kind(strange)[0], self.genes["symbol"].iloc[0]
        return (
            f"; {listed(strange)} look like {kind},"
            f" the genes have {self.namespace} ids and symbols such as {example}"
        )

    def _row(self, name: str) -> int:
        row = self._by_id.get(name, self._by_symbol.get(usual_symbol(name)))
        if row is not None:
            return row
        if self.hgnc is None:
            return OUTSIDE
        candidates = self.hgnc.candidates(name)
        if not candidates:
            return UNKNOWN
        inside = [self._by_id[gene_id] for gene_id in candidates if gene_id in self._by_id]
        if len(candidates) > 1 and inside:
            return AMBIGUOUS
        return inside[0] if inside else OUTSIDE

    def _name_notices(
        self, where: str, names: Sequence[str], rows: np.ndarray
    ) -> tuple[Notice, ...]:
        """Return notices of names that are resolved by alias or that match no gene, by reason."""

        def named(code: int) -> list[str]:
            return [name for name, row in zip(names, rows, strict=True) if row == code]

        outside, damaged = _split(is_damaged, named(OUTSIDE))
        unknown, unrestored = _split(is_damaged, named(UNKNOWN))
        damaged += unrestored
        symbols = self.genes["symbol"]
        aliases = (
            f"{name} -> {symbols.iloc[row]}"
            for name, row in zip(names, rows, strict=True)
            if row >= 0 and ":" not in name and name not in self._by_symbol
        )
        return (
            *about_ids("renamed_id", where, "aliases and previous symbols, resolved", aliases),
            *about_ids("outside", where, "genes that are not clustered, left out", outside),
            *about_ids(
                "unknown_id",
                where,
                "symbols that a spreadsheet turned into dates or numbers, left out",
                damaged,
            ),
            *about_ids(
                "ambiguous_id", where, "names that match several genes, left out", named(AMBIGUOUS)
            ),
            *about_ids("unknown_id", where, "names that HGNC does not know, left out", unknown),
        )


def _split(test: Callable[[str], bool], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names that fail a test, and those that pass."""
    return [name for name in names if not test(name)], [name for name in names if test(name)]


def read_universe(
    table: Table, hgnc: Hgnc | None, filter_value: str | None, problems: Problems
) -> tuple[Universe, tuple[Notice, ...]]:
    """Build the universe from a table of genes.

    With an HGNC table all ids become HGNC ids: withdrawn ids become the id that they were merged
    into, other ids are mapped by cross-reference or symbol. An unknown HGNC id is kept.

    Args:
        table: `gene_id`, `symbol`, and `filter` when there is a filter.
        hgnc: HGNC's genes, if set.
        filter_value: keep only genes with this value among the `|`-separated ones in `filter`.
        problems: receives what is wrong.

    Raises:
        InputError: the problems found so far; nothing else can be checked without valid genes.
    """
    frame = validate(table, "genes", problems, by_name=hgnc is not None)
    problems.stop_if_any()
    notices: list[Notice] = []
    if filter_value is not None:
        keep = each(lambda cell: filter_value in [part.strip() for part in cell.split("|")])
        kept = frame[keep(frame["filter"])]
        text = f"genes without {filter_value!r}, left out"
        notices += about_rows("excluded", table.where, text, len(frame) - len(kept), len(frame))
        frame = kept
    genes = frame[["gene_id", "symbol"]].astype("str")
    if hgnc is not None:
        genes, mapped = _to_hgnc(genes, hgnc, table.where, problems)
        notices.extend(mapped)
    namespace = _namespace(genes, table.where, problems)
    genes = genes.sort_values("gene_id", ignore_index=True)
    return Universe(genes, namespace, hgnc), tuple(notices)


def universe_of_names(
    names: Sequence[str], hgnc: Hgnc, where: str, problems: Problems
) -> tuple[Universe, tuple[Notice, ...]]:
    """Build the universe from all genes that the interactions name."""
    mapped = map_genes(hgnc, ((name, None) for name in sorted(set(names))), where)
    gene_ids = sorted(set(mapped.ids.values()))
    if not gene_ids:
        problems.add(Problem("reference", where, "names no gene known to the HGNC table"))
    problems.stop_if_any()
    genes = pd.DataFrame({"gene_id": gene_ids, "symbol": [hgnc.symbols[i] for i in gene_ids]})
    return Universe(genes.astype("str"), "HGNC", hgnc), mapped.notices


def _to_hgnc(
    genes: pd.DataFrame, hgnc: Hgnc, where: str, problems: Problems
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    symbols = dict(zip(genes["gene_id"], genes["symbol"], strict=True))
    unlisted = tuple(sorted(g for g in symbols if g.startswith("HGNC:") and not hgnc.candidates(g)))
    others = [(gene, symbol) for gene, symbol in symbols.items() if gene not in set(unlisted)]
    mapped = map_genes(hgnc, others, where)
    new_ids = {**mapped.ids, **{gene_id: gene_id for gene_id in unlisted}}
    named = pd.DataFrame(
        [(new, hgnc.symbols.get(new, symbols[old])) for old, new in new_ids.items()],
        columns=["gene_id", "symbol"],
        dtype="str",
    )
    damaged = [symbol for symbol in named["symbol"] if is_damaged(symbol)]
    if damaged:
        what = f"{DAMAGED}, and HGNC does not know its id: {listed(damaged)}"
        problems.add(Problem("value", where, what, column="symbol"))
    twice = named["gene_id"].duplicated()
    notices = (
        *mapped.notices,
        *about_ids("unknown_id", where, "ids that HGNC does not know, kept", unlisted),
        *about_ids(
            "merged", where, "rows for the same HGNC gene, merged", named.loc[twice, "gene_id"]
        ),
    )
    named = named[~twice]
    same = sorted(set(named.loc[named["symbol"].duplicated(), "symbol"]))
    if same:
        what = f"has genes unknown to HGNC that share a symbol with other genes: {listed(same)}"
        problems.add(Problem("duplicate", where, what))
    return named, notices


def _namespace(genes: pd.DataFrame, where: str, problems: Problems) -> Literal["HGNC", "NCBIGene"]:
    prefixes = set(genes["gene_id"].str.split(":").str[0])
    if not prefixes:
        problems.add(Problem("empty", where, "has no gene that can be used"))
    elif prefixes not in ({"HGNC"}, {"NCBIGene"}):
        there = " and ".join(f"`{prefix}:`" for prefix in sorted(prefixes))
        what = f"has ids of {there}; set CLUSTER_ASSETS_HGNC_FILE to map all to HGNC"
        problems.add(Problem("value", where, what, column="gene_id"))
    problems.stop_if_any()
    return "HGNC" if prefixes == {"HGNC"} else "NCBIGene"
