"""Reads one table from a TSV, CSV or Parquet file (text files also packed with gzip)."""

from __future__ import annotations

from pathlib import Path

from cluster_assets.sources.formats.delimited import Delimiter, read_delimited
from cluster_assets.sources.formats.parquet import read_parquet
from cluster_assets.sources.formats.table import Columns, Table
from cluster_assets.sources.formats.text import is_parquet, readable
from cluster_assets.sources.problems import Problems


def read_table(
    path: Path, columns: Columns, problems: Problems, delimiter: Delimiter | None = None
) -> Table | None:
    """Read the wanted columns of one file.

    Args:
        path: `.tsv`, `.txt`, `.csv` or `.parquet`; text files also packed with gzip.
        columns: which columns to take.
        problems: receives what is wrong with the file.
        delimiter: delimiter of a text file; by default a comma for `.csv`, else a tab.

    Returns:
        The table, or None when it cannot be read; then `problems` says why.
    """
    with readable(path, problems):
        if path.suffix == ".parquet" or is_parquet(path):
            return read_parquet(path, columns, problems)
        return read_delimited(path, columns, problems, delimiter or _delimiter_of(path))
    return None


def require_table(path: Path, columns: Columns, delimiter: Delimiter | None = None) -> Table:
    """Read one table, or raise an error that lists its problems.

    Raises:
        InputError: `CA-210` to `CA-214`.
    """
    problems = Problems()
    table = read_table(path, columns, problems, delimiter)
    if table is None:
        raise problems.error()
    return table


def _delimiter_of(path: Path) -> Delimiter:
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    return "," if suffixes and suffixes[-1] == ".csv" else "\t"
