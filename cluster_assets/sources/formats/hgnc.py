"""HGNC's table of genes: maps ids, symbols, previous symbols and aliases to genes.

Accepts the complete set as downloaded, and tables with the same columns. Approved symbols take
precedence over previous symbols, and those over aliases. A name that is none of them may be a
symbol that a spreadsheet damaged, or a UniProt accession. A name that matches several genes is
reported as ambiguous, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.reading import require_table
from cluster_assets.sources.formats.spreadsheet import as_power, originals
from cluster_assets.sources.formats.table import Columns, Table
from cluster_assets.sources.ids import is_missing, spelled, spelled_gene, usual_symbol
from cluster_assets.sources.notices import Notice, about_ids
from cluster_assets.sources.problems import Problems

HGNC_COLUMNS = Columns(
    aliases={
        "hgnc_id": ("hgnc_id", "hgnc id"),
        "symbol": ("symbol", "approved symbol"),
        "name": ("name", "approved name"),
        "status": ("status",),
        "aliases": ("alias_symbol", "alias_symbols", "alias symbols"),
        "previous": ("prev_symbol", "previous_symbols", "previous symbols"),
        "entrez_id": ("entrez_id", "ncbi gene id", "ncbi gene id(supplied by ncbi)"),
        "ensembl_id": ("ensembl_gene_id", "ensembl gene id", "ensembl id(supplied by ensembl)"),
        "uniprot_id": ("uniprot_ids", "uniprot id(supplied by uniprot)"),
        "modified": ("date_modified", "date modified"),
    },
    required=frozenset({"hgnc_id", "symbol"}),
)
_HGNC_ID = "HGNC:[1-9][0-9]*"
_MERGED_INTO = re.compile(r"symbol withdrawn, see \[?(HGNC:[0-9]+)")
_POWER_OF_TEN = re.compile(r"[0-9]+E[0-9]+")  # reads as a number, e.g. `2310009E13`
_MAX_MERGES = 5  # an entry may be merged into one that was itself merged
_BETWEEN = re.compile(r"[|,]")


@dataclass(frozen=True)
class Hgnc:
    """The genes of HGNC.

    Attributes:
        release: latest modification date in the table; None when it has none.
        symbols: HGNC id to approved symbol.
        names: HGNC id to approved name.
        by_symbol: approved symbol to HGNC id.
        by_previous: previous symbol to HGNC ids.
        by_alias: alias to HGNC ids.
        by_xref: `NCBIGene:1`, `ENSEMBL:ENSG00000121410` or `UNIPROT:P04217` to HGNC ids, if the
            table has them.
        merged: HGNC id of a withdrawn entry to the id that it was merged into.
    """

    release: str | None
    symbols: Mapping[str, str]
    names: Mapping[str, str]
    by_symbol: Mapping[str, str]
    by_previous: Mapping[str, frozenset[str]]
    by_alias: Mapping[str, frozenset[str]]
    by_xref: Mapping[str, frozenset[str]]
    merged: Mapping[str, str]

    def candidates(self, gene: str, symbol: str | None = None) -> frozenset[str]:
        """Return the HGNC ids that an id or symbol may refer to.

        Args:
            gene: `HGNC:5`, `NCBIGene:1`, `ENSEMBL:ENSG00000121410` or a symbol.
            symbol: symbol of the gene, used when the NCBI or Ensembl id is not in the table.
        """
        if gene.startswith("HGNC:"):
            current = gene
            for _ in range(_MAX_MERGES):
                current = self.merged.get(current, current)
            return frozenset({current} if current in self.symbols else ())
        if gene.startswith(("NCBIGene:", "ENSEMBL:")):
            return self.by_xref.get(gene) or self._of_symbol(symbol or "")
        return self._of_symbol(gene)

    def _of_symbol(self, symbol: str) -> frozenset[str]:
        found = self._of_word(usual_symbol(symbol)) or self._restored(symbol)
        ids = (spelled_gene(symbol), f"UNIPROT:{symbol}")  # Ensembl's, or a protein's
        return found or next((self.by_xref[i] for i in ids if i in self.by_xref), frozenset())

    def _of_word(self, word: str) -> frozenset[str]:
        if word in self.by_symbol:
            return frozenset({self.by_symbol[word]})
        return self.by_previous.get(word) or self.by_alias.get(word) or frozenset()

    def _restored(self, damaged: str) -> frozenset[str]:
        """Return the genes that a date or number may have been before a spreadsheet changed it."""
        words = [
            *originals(damaged),
            *(word for word in self._powers if as_power(word, damaged) == damaged.upper()),
        ]
        return frozenset().union(*(self._of_word(word) for word in words))

    @cached_property
    def _powers(self) -> tuple[str, ...]:
        words = {*self.by_symbol, *self.by_previous, *self.by_alias}
        return tuple(sorted(word for word in words if _POWER_OF_TEN.fullmatch(word)))


@dataclass(frozen=True, slots=True)
class Mapped:
    """Result of mapping genes to HGNC.

    Attributes:
        ids: gene as given to HGNC id, for those that match exactly one gene.
        notices: genes that are unknown, ambiguous or renamed.
    """

    ids: Mapping[str, str]
    notices: tuple[Notice, ...]


def map_genes(hgnc: Hgnc, genes: Iterable[tuple[str, str | None]], where: str) -> Mapped:
    """Map genes to HGNC ids.

    Args:
        hgnc: the genes of HGNC.
        genes: pairs of an id or symbol and, for an id, the symbol if known.
        where: where the genes come from, for the notices.
    """
    ids: dict[str, str] = {}
    unknown, ambiguous, renamed = [], [], []
    for gene, symbol in genes:
        candidates = hgnc.candidates(gene, symbol)
        shown = gene if symbol is None or is_missing(symbol) else f"{gene} ({symbol})"
        if not candidates:
            unknown.append(shown)
        elif len(candidates) > 1:
            ambiguous.append(f"{shown}: {' or '.join(sorted(candidates))}")
        else:
            (ids[gene],) = candidates
            given = symbol or (gene if ":" not in gene else None)
            now = hgnc.symbols[ids[gene]]
            if gene.startswith("HGNC:") and ids[gene] != gene:
                renamed.append(f"{shown} -> {ids[gene]} ({now})")
            elif given is not None and given != now:
                renamed.append(f"{shown} -> {now}")
    notices = (
        *about_ids("unknown_id", where, "genes that HGNC does not know, left out", unknown),
        *about_ids(
            "ambiguous_id", where, "genes that match several HGNC genes, left out", ambiguous
        ),
        *about_ids(
            "renamed_id", where, "genes replaced by their current HGNC id or symbol", renamed
        ),
    )
    return Mapped(ids, notices)


def load_hgnc(path: Path) -> Hgnc:
    """Read the HGNC table (`.txt`, `.tsv`, also `.gz`); the last one is cached.

    Raises:
        InputError: `CA-210` to `CA-216` when it cannot be used.
    """
    stat = path.stat() if path.is_file() else None
    return _load(path, stat and stat.st_mtime_ns, stat and stat.st_size)


@lru_cache(maxsize=1)
def _load(path: Path, _mtime_ns: int | None, _size: int | None) -> Hgnc:
    return build_hgnc(require_table(path, HGNC_COLUMNS))


def build_hgnc(table: Table) -> Hgnc:
    """Build the lookups from a table with `HGNC_COLUMNS`.

    Raises:
        InputError: `CA-215` for a malformed id, `CA-216` for a repeated id or approved symbol.
    """
    frame = table.frame.astype("str").map(lambda value: value.strip().strip('"'))
    frame = frame.reindex(columns=list(HGNC_COLUMNS.aliases), fill_value="")
    frame["hgnc_id"] = frame["hgnc_id"].map(spelled)
    approved = frame[frame["status"].isin(["", "Approved"])]
    _check(table, frame, approved)
    ids = approved["hgnc_id"].tolist()
    withdrawn = frame.drop(approved.index)
    merged = {
        hgnc_id: match[1]
        for hgnc_id, name in zip(withdrawn["hgnc_id"], withdrawn["name"], strict=True)
        if (match := _MERGED_INTO.match(name))
    }
    return Hgnc(
        release=frame["modified"].max() or None,
        symbols=dict(zip(ids, approved["symbol"], strict=True)),
        names=dict(zip(ids, approved["name"], strict=True)),
        by_symbol=dict(zip(approved["symbol"], ids, strict=True)),
        by_previous=_inverted(ids, approved["previous"]),
        by_alias=_inverted(ids, approved["aliases"]),
        by_xref={
            **_inverted(ids, approved["entrez_id"], "NCBIGene:"),
            **_inverted(ids, approved["ensembl_id"], "ENSEMBL:"),
            **_inverted(ids, approved["uniprot_id"], "UNIPROT:"),
        },
        merged=merged,
    )


def _check(table: Table, frame: pd.DataFrame, approved: pd.DataFrame) -> None:
    problems = Problems()
    malformed = ~frame["hgnc_id"].str.fullmatch(_HGNC_ID)
    table.report(
        problems,
        "value",
        np.flatnonzero(malformed),
        "hgnc_id",
        "is not an HGNC id such as `HGNC:5`",
    )
    for column in ("hgnc_id", "symbol"):
        twice = approved.index[approved[column].duplicated()].to_numpy()
        table.report(problems, "duplicate", twice, column, "occurs more than once")
    problems.stop_if_any()


def _inverted(ids: Iterable[str], lists: pd.Series, prefix: str = "") -> dict[str, frozenset[str]]:
    """Return the ids that list each word; words are separated by `|` or `,`."""
    found: dict[str, set[str]] = {}
    for hgnc_id, words in zip(ids, lists, strict=True):
        for word in _BETWEEN.split(words):
            if word.strip():
                key = spelled_gene(prefix + word) if prefix else word.strip()
                found.setdefault(key, set()).add(hgnc_id)
    return {word: frozenset(owners) for word, owners in found.items()}
