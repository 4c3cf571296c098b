"""Reading one table from a TSV, CSV or Parquet file (the text ones also with `.gz`).

What belongs here is the file as a file: that it exists, unpacks, is UTF-8, has a header with the
columns that are needed and the same number of fields in every line. Lines before the header that
start with `#` are comments, unless the `#` starts the header itself, as STRING and older HPO files
have it. Blank lines are no rows.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cluster_assets.sources.formats.parquet import read_parquet
from cluster_assets.sources.formats.table import (
    Columns,
    Table,
    check_header,
    line_numbers,
    open_text,
)
from cluster_assets.sources.problems import Problem, Problems

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as pc

Delimiter = Literal["\t", ","]
_INVALID_VALUE = re.compile(r"Row #(\d+): .*invalid value '(.*)'")


def read_table(
    path: Path, columns: Columns, problems: Problems, delimiter: Delimiter | None = None
) -> Table | None:
    """Read the wanted columns of one file.

    Args:
        path: `.tsv`, `.txt`, `.csv` or `.parquet`; the text ones also with `.gz`.
        columns: which columns to take.
        problems: receives what is wrong with the file.
        delimiter: of a text file; by default a comma for `.csv`, else a tab.

    Returns:
        The table, or None when it cannot be read; then `problems` says why.
    """
    with readable(path, problems):
        if path.suffix == ".parquet":
            return read_parquet(path, columns, problems)
        return _read_text(path, columns, problems, delimiter or _delimiter_of(path))
    return None


@contextmanager
def readable(path: Path, problems: Problems) -> Iterator[None]:
    """Turn what can go wrong with a file as a file into a problem."""
    if not path.is_file():
        problems.add(Problem("file", str(path), "there is no such file"))
    try:
        yield
    except UnicodeDecodeError:
        problems.add(_encoding_problem(path))
    except (OSError, EOFError, zlib.error) as error:
        if path.is_file():
            problems.add(Problem("file", path.name, f"cannot be read or unpacked: {error}"))


def require_table(path: Path, columns: Columns, delimiter: Delimiter | None = None) -> Table:
    """Read one table, or raise what is wrong with its file.

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


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the rows; how many lines that are; whether cells are quoted."""

    comments: tuple[str, ...]
    header: list[str]
    skipped: int
    quoted: bool


def _read_text(
    path: Path, columns: Columns, problems: Problems, delimiter: Delimiter
) -> Table | None:
    head = _read_head(path, columns, delimiter)
    if head is None:
        problems.add(Problem("empty", path.name, "is empty"))
        return None
    if check_header(path.name, head.header, columns, problems) is None:
        return None
    found = columns.find(head.header)
    table = _parse_text(path, problems, delimiter, head, found)
    if table is None:
        return None
    if table.num_rows == 0:
        problems.add(Problem("empty", path.name, "has a header and no rows"))
        return None
    names = {canonical: name.strip() for canonical, name in found.items()}
    return Table(path.name, table.to_pandas(), names, head.comments, path, head.skipped)


def _read_head(path: Path, columns: Columns, delimiter: Delimiter) -> _Head | None:
    """Read down to the header; None when there is none."""
    comments: list[str] = []
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            text = line.rstrip("\r\n")
            header = _fields(text, delimiter)
            if not text.strip() or (text.startswith("#") and not columns.find(header)):
                comments.append(text.lstrip("#"))
                continue
            # R quotes by default, also between tabs.
            return _Head(tuple(comments), header, number, delimiter == "," or '"' in text)
    return None


def _fields(text: str, delimiter: Delimiter) -> list[str]:
    if delimiter != "," and '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:  # longer than any header, e.g. a JSON file on one line
        return [text]


class _Ragged:
    """Takes note of rows with a wrong number of fields while a parser goes on."""

    def __init__(self, skipped: int) -> None:
        self.skipped = skipped
        self.n_fields: dict[int, int] = {}

    def __call__(self, row: pc.InvalidRow) -> str:
        self.n_fields[row.number - self.skipped - 1] = row.actual_columns
        return "skip"

    def report(self, path: Path, n_columns: int, problems: Problems) -> bool:
        """Add a problem for each row; tell whether there was one."""
        places = line_numbers(path, self.skipped, self.n_fields) if self.n_fields else {}
        for row, n_fields in sorted(self.n_fields.items()):
            what = f"has {n_fields} fields, the header has {n_columns}"
            problems.add(Problem("shape", path.name, what, places.get(row)))
        return bool(self.n_fields)


def _parse_text(
    path: Path, problems: Problems, delimiter: Delimiter, head: _Head, found: Mapping[str, str]
) -> pa.Table | None:
    """Parse the rows; strings are dictionary-encoded, which keeps millions of ids small."""
    import pyarrow as pa
    import pyarrow.csv as pc

    ragged = _Ragged(head.skipped)
    text = pa.dictionary(pa.int32(), pa.string())
    by_position = {f"c{head.header.index(name)}": canonical for canonical, name in found.items()}
    try:
        with pa.input_stream(path, compression="detect") as stream:
            if not _has_rows(path, head.skipped):
                return pa.table({canonical: pa.array([], text) for canonical in found})
            table = pc.read_csv(
                stream,
                # One thread: only then does the parser know the number of a wrong row.
                pc.ReadOptions(
                    skip_rows=head.skipped,
                    column_names=[f"c{position}" for position in range(len(head.header))],
                    use_threads=False,
                ),
                pc.ParseOptions(
                    delimiter=delimiter,
                    quote_char='"' if head.quoted else False,
                    invalid_row_handler=ragged,
                ),
                pc.ConvertOptions(
                    include_columns=list(by_position),
                    column_types=dict.fromkeys(by_position, text),
                    strings_can_be_null=False,
                ),
            )
    except pa.ArrowInvalid as error:
        problems.add(_invalid(path, head.skipped, str(error)))
        return None
    if ragged.report(path, len(head.header), problems):
        return None
    return table.rename_columns([by_position[name] for name in table.column_names])


def stream_rows(
    path: Path,
    header: Sequence[str],
    wanted: Sequence[str],
    numbers: Sequence[str],
    problems: Problems,
) -> Iterator[pa.RecordBatch]:
    """Read a large text file, separated by single blanks, in pieces.

    Args:
        path: the file; its first line is the header.
        header: the names in it.
        wanted: columns to read, strings unless they are numbers.
        numbers: columns of whole numbers.
        problems: receives what is wrong; then the pieces end early.
    """
    import pyarrow as pa
    import pyarrow.csv as pc

    ragged = _Ragged(skipped=1)
    text = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.int64() if name in numbers else text for name in wanted}
    options = (
        pc.ReadOptions(skip_rows=1, column_names=list(header), use_threads=False),
        pc.ParseOptions(delimiter=" ", quote_char=False, invalid_row_handler=ragged),
        pc.ConvertOptions(
            include_columns=list(wanted), column_types=types, strings_can_be_null=False
        ),
    )
    with readable(path, problems), pa.input_stream(path, compression="detect") as stream:
        try:
            if _has_rows(path, skipped=1):
                yield from pc.open_csv(stream, *options)
        except pa.ArrowInvalid as error:
            problems.add(_invalid(path, 1, str(error)))
    ragged.report(path, len(header), problems)


def first_line(path: Path) -> str:
    """Return the first line of a text file, or nothing when it cannot be read as one."""
    try:
        with open_text(path) as lines:
            return next(lines, "").rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        return ""  # whoever reads the file as a table says what is wrong with it


def _invalid(path: Path, skipped: int, message: str) -> Problem:
    """Turn a message of the parser into a problem with its line."""
    if "UTF8" in message:
        return _encoding_problem(path)
    if match := _INVALID_VALUE.search(message):
        row = int(match[1]) - skipped - 1
        line = line_numbers(path, skipped, [row]).get(row)
        return Problem("value", path.name, "is no whole number", line, value=match[2])
    return Problem("shape", path.name, f"cannot be parsed: {message}")


def _has_rows(path: Path, skipped: int) -> bool:
    """Tell whether anything but blank lines follows the header (the parser raises if not)."""
    with open_text(path) as lines:
        return any(
            number > skipped and line.rstrip("\r\n") for number, line in enumerate(lines, start=1)
        )


def _encoding_problem(path: Path) -> Problem:
    """Find the first line that is not UTF-8."""
    for number, line in enumerate(_binary_lines(path), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            value = line[max(error.start - 20, 0) : error.end + 20].decode("utf-8", "replace")
            return Problem(
                "encoding", path.name, "is not UTF-8; save the file as UTF-8", number, value=value
            )
    return Problem("encoding", path.name, "is not UTF-8; save the file as UTF-8")


def _binary_lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        yield from lines
