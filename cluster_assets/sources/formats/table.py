"""A table: strings under canonical column names, and the line of each row for error messages.

A table comes from a file (`reading`) or a query (`tables.sql`); `tables.schemas` checks its values.
Labels and names are cleaned as soon as a table is made, so that whatever shows them later (a
terminal, a page, a database) gets one visible line of bounded length. Ids are not cleaned: a hidden
character in an id is a problem that `tables.schemas` reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.core.labels import MAX_LABEL, clean_label
from cluster_assets.sources.formats.text import line_numbers
from cluster_assets.sources.notices import Notice
from cluster_assets.sources.problems import MAX_SHOWN, Fault, Problem, Problems

MAX_NAME = 500  # characters of the name of a disease or gene
# Columns that readers see or that name genes, and how many characters of a value are kept
_LABELS: Mapping[str, int | None] = {
    "symbol": MAX_LABEL,
    "label": MAX_LABEL,
    "source": MAX_LABEL,
    "disease_name": MAX_NAME,
    "name": MAX_NAME,
    "aliases": None,  # lists that are split later
    "previous": None,
}
_SYMBOLS: Mapping[str, int] = dict.fromkeys(("gene_id", "gene_a", "gene_b"), MAX_LABEL)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns to take from a table, and the names they may have.

    Attributes:
        aliases: canonical name to the accepted names, best first. Case, surrounding blanks and a
            leading `#` are ignored.
        required: canonical names of the columns that must exist.
        hint: what to do when a required column is missing.
    """

    aliases: Mapping[str, Sequence[str]]
    required: frozenset[str]
    hint: str = ""

    def find(self, header: Sequence[str]) -> dict[str, str]:
        """Return canonical name to name in the header, for the columns that exist."""
        known: dict[str, str] = {}
        for name in header:
            known.setdefault(_plain(name), name)
        found = {}
        for canonical, aliases in self.aliases.items():
            match = next((known[alias] for alias in aliases if alias in known), None)
            if match is not None:
                found[canonical] = match
        return found

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the canonical names of required columns that are missing from the header."""
        return sorted(self.required - set(self.find(header)))


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read: strings under canonical names, `""` for an empty cell.

    Attributes:
        where: name to show to people, e.g. the file name.
        frame: string or categorical columns, labels cleaned; the index numbers the rows from 0.
        names: canonical name to name in the file.
        comments: comment lines above the header, without `#`.
        path: the file, if it is a text file.
        skipped: number of lines above the first row.
        rows: row numbers in the file, when the frame does not hold every row of it.
        by_symbol: whether genes are named by symbol instead of id.
        label: what an interaction in the table is, if the format defines it.
        releases: data releases named by the file.
        notices: what was left out while reading.
    """

    where: str
    frame: pd.DataFrame
    names: Mapping[str, str]
    comments: tuple[str, ...] = ()
    path: Path | None = None
    skipped: int = 0
    rows: np.ndarray | None = None
    by_symbol: bool = False
    label: str | None = None
    releases: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        """Clean the labels."""
        limits = {**_LABELS, **(_SYMBOLS if self.by_symbol else {})}
        cleaned = {
            column: _cleaned(self.frame[column], limit)
            for column, limit in limits.items()
            if column in self.frame
        }
        object.__setattr__(self, "frame", self.frame.assign(**cleaned))

    def report(
        self,
        problems: Problems,
        fault: Fault,
        rows: Sequence[int] | np.ndarray,
        column: str,
        what: str,
    ) -> None:
        """Add a problem for each row, with its line, column name in the file, and value.

        Only the first rows are listed, the rest is counted. A text file is read again to find the
        lines of the rows.
        """
        listed = [int(row) for row in rows[:MAX_SHOWN]]
        problems.n_unlisted += len(rows) - len(listed)
        places = self.places(listed)
        for row in listed:
            value = str(self.frame[column].iloc[row])
            name = self.names.get(column, column)
            unit = "row" if self.path is None else "line"
            problems.add(Problem(fault, self.where, what, places.get(row), name, value, unit))

    def places(self, rows: Iterable[int]) -> dict[int, int]:
        """Return the line of each row in its text file, else its row number, counted from 1."""
        if self.path is None:
            return {row: row + 1 for row in rows}
        in_file = {row: row if self.rows is None else int(self.rows[row]) for row in rows}
        lines = line_numbers(self.path, self.skipped, in_file.values())
        return {row: lines[original] for row, original in in_file.items() if original in lines}


def table_from_frame(
    where: str, frame: pd.DataFrame, columns: Columns, problems: Problems
) -> Table | None:
    """Return a table from a frame with any dtypes (Parquet, SQL); None when columns do not fit."""
    header = [str(name) for name in frame.columns]
    frame = frame.set_axis(header, axis=1)
    found = check_header(where, header, columns, problems)
    if found is None:
        return None
    if frame.empty:
        problems.add(Problem("empty", where, "has no rows"))
        return None
    data = {canonical: _as_text(frame[name]) for canonical, name in found.items()}
    return Table(where, pd.DataFrame(data).reset_index(drop=True), found)


def check_header(
    where: str, header: Sequence[str], columns: Columns, problems: Problems
) -> dict[str, str] | None:
    """Return canonical name to name in the header; None when a column is missing or repeated."""
    missing = columns.missing(header)
    if missing:
        wanted = " and ".join(_accepted(columns.aliases[name]) for name in missing)
        there = ", ".join(f"`{name.strip()[:40]}`" for name in header[:12]) or "nothing"
        hint = columns.hint and f"; {columns.hint}"
        problems.add(Problem("columns", where, f"needs {wanted}; the header has {there}{hint}"))
        return None
    found = columns.find(header)
    plain = [_plain(name) for name in header]
    twice = sorted({name for name in found.values() if plain.count(_plain(name)) > 1})
    for name in twice:
        problems.add(Problem("columns", where, f"has the column `{name}` more than once"))
    return None if twice else found


def _plain(name: str) -> str:
    return name.strip().lstrip("#").strip().strip('"').lower()


def _cleaned(column: pd.Series, limit: int | None) -> pd.Series:
    """Return a column with clean labels; the column itself when nothing changes."""
    if all(clean_label(str(value), limit) == value for value in column.unique()):
        return column
    return map_values(column, lambda value: clean_label(value, limit))


def map_values(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Return a categorical column; `change` is called once per distinct value."""
    codes, values = pd.factorize(column)
    new_codes, new_values = pd.factorize(pd.Series([change(str(v)) for v in values], dtype="str"))
    return pd.Series(
        pd.Categorical.from_codes(new_codes[codes], categories=new_values), index=column.index
    )


def each(test: Callable[[str], bool]) -> Callable[[pd.Series], pd.Series]:
    """Turn a test of a value into a test of a column, called once per distinct value."""

    def holds(column: pd.Series) -> pd.Series:
        codes, values = pd.factorize(column)
        flags = np.array([test(str(value)) for value in values], dtype=bool)
        return pd.Series(flags[codes], index=column.index)

    return holds


def _as_text(column: pd.Series) -> pd.Series:
    """Return strings, `""` for missing; whole numbers lose the `.0` that pandas added."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.hasnans:
        return column
    if pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("str").where(column.notna(), "")


def _accepted(names: Sequence[str]) -> str:
    first, *others = (f"`{name}`" for name in names)
    return f"the column {first}" + (f" (or {', '.join(others)})" if others else "")
