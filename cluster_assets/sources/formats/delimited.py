"""Reads delimited text: comments, header, rows, all with the same number of fields.

Lines above the header that start with `#` are comments, unless the `#` starts the header itself, as
in STRING and older HPO files. Blank lines are not rows. When the expected delimiter does not give
the required columns and another one does, the other one is used.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cluster_assets.sources.formats.table import Columns, Table, check_header
from cluster_assets.sources.formats.text import (
    encoding_problem,
    is_gzip,
    line_numbers,
    open_text,
    open_utf8,
    readable,
)
from cluster_assets.sources.problems import Problem, Problems

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as pc

Delimiter = Literal["\t", ",", ";"]
_DELIMITERS: tuple[Delimiter, ...] = ("\t", ",", ";")
_INVALID_VALUE = re.compile(r"Row #(\d+): .*invalid value '(.*)'")


@dataclass(frozen=True, slots=True)
class _Head:
    """The comments and header, their number of lines, and whether cells are quoted."""

    comments: tuple[str, ...]
    header: list[str]
    skipped: int
    quoted: bool


def read_delimited(
    path: Path, columns: Columns, problems: Problems, delimiter: Delimiter
) -> Table | None:
    """Read the wanted columns; None when that fails, and `problems` says why."""
    head = _read_head(path, columns, delimiter)
    if head is None:
        problems.add(Problem("empty", path.name, "is empty"))
        return None
    if columns.missing(head.header):
        delimiter, head = _other_delimiter(path, columns) or (delimiter, head)
    if len(head.header) == 1 and set(head.header[0]) & set("| :"):
        hint = "separate the columns by tabs, commas or semicolons"
        columns = replace(columns, hint=columns.hint or hint)
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


def _other_delimiter(path: Path, columns: Columns) -> tuple[Delimiter, _Head] | None:
    """Return the delimiter that gives all required columns, and the head that it gives."""
    for delimiter in _DELIMITERS:
        head = _read_head(path, columns, delimiter)
        if head is not None and not columns.missing(head.header):
            return delimiter, head
    return None


def _read_head(path: Path, columns: Columns, delimiter: Delimiter) -> _Head | None:
    """Read up to the header; None when there is none."""
    comments: list[str] = []
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            # HPO before 2023 wrote its header as `#Format: entrez-gene-id<tab>entrez-gene-symbol`.
            text = line.rstrip("\r\n").removeprefix("#Format: ").replace("<tab>", "\t")
            header = _fields(text, delimiter)
            if not text.strip() or (text.startswith("#") and not columns.find(header)):
                comments.append(text.lstrip("#"))
                continue
            # R quotes by default, even in tab-separated files.
            quoted = delimiter != "\t" or '"' in text
            return _Head(tuple(comments), header, number, quoted)
    return None


def _fields(text: str, delimiter: Delimiter) -> list[str]:
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:  # a field longer than any header, e.g. a JSON file on one line
        return [text]


class _Ragged:
    """Records rows with a wrong number of fields while the parser goes on."""

    def __init__(self, skipped: int) -> None:
        self.skipped = skipped
        self.n_fields: dict[int, int] = {}

    def __call__(self, row: pc.InvalidRow) -> str:
        self.n_fields[row.number - self.skipped - 1] = row.actual_columns
        return "skip"

    def report(self, path: Path, n_columns: int, problems: Problems) -> bool:
        """Add a problem for each such row; return whether there was one."""
        places = line_numbers(path, self.skipped, self.n_fields) if self.n_fields else {}
        for row, n_fields in sorted(self.n_fields.items()):
            what = f"has {n_fields} fields, the header has {n_columns}"
            problems.add(Problem("shape", path.name, what, places.get(row)))
        return bool(self.n_fields)


def _parse_text(
    path: Path, problems: Problems, delimiter: Delimiter, head: _Head, found: Mapping[str, str]
) -> pa.Table | None:
    """Parse the rows; dictionary-encoded strings save memory when ids repeat by the million."""
    import pyarrow as pa
    import pyarrow.csv as pc

    ragged = _Ragged(head.skipped)
    text = pa.dictionary(pa.int32(), pa.string())
    by_position = {f"c{head.header.index(name)}": canonical for canonical, name in found.items()}
    try:
        with _stream(path) as stream:
            if not _has_rows(path, head.skipped):
                return pa.table({canonical: pa.array([], text) for canonical in found})
            table = pc.read_csv(
                stream,
                # The parser knows the number of a malformed row only with one thread.
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
    """Yield a large text file with space-separated columns in batches.

    Args:
        path: the file; its first line is the header.
        header: the names in the header.
        wanted: columns to read, as strings unless they are in `numbers`.
        numbers: columns of whole numbers.
        problems: receives what is wrong; the batches then end early.
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
    with readable(path, problems), _stream(path) as stream:
        try:
            if _has_rows(path, skipped=1):
                yield from pc.open_csv(stream, *options)
        except pa.ArrowInvalid as error:
            problems.add(_invalid(path, 1, str(error)))
    ragged.report(path, len(header), problems)


@contextmanager
def _stream(path: Path) -> Iterator[pa.NativeFile]:
    """Open a text file for the parser, which unpacks faster than Python does."""
    import pyarrow as pa

    with open_utf8(path) as file:
        if isinstance(file, io.BytesIO):  # decoded from UTF-16
            with pa.input_stream(file) as stream:
                yield stream
            return
    with pa.input_stream(path, compression="gzip" if is_gzip(path) else None) as stream:
        yield stream


def _invalid(path: Path, skipped: int, message: str) -> Problem:
    """Return the problem, with its line, that a message of the parser describes."""
    if "UTF8" in message:
        return encoding_problem(path)
    if match := _INVALID_VALUE.search(message):
        row = int(match[1]) - skipped - 1
        line = line_numbers(path, skipped, [row]).get(row)
        return Problem("value", path.name, "is not a whole number", line, value=match[2])
    return Problem("shape", path.name, f"cannot be parsed: {message}")


def _has_rows(path: Path, skipped: int) -> bool:
    """Return whether a non-blank line follows the header (the parser raises if none does)."""
    with open_text(path) as lines:
        return any(
            number > skipped and line.rstrip("\r\n") for number, line in enumerate(lines, start=1)
        )
