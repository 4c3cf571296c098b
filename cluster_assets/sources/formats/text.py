"""Text files as files: opened, unpacked, decoded; their lines counted; their faults reported.

The content tells what a file is, not its name: gzip and UTF-16 are read under any name, and what is
not text (a workbook, an archive, a web page) is named.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from cluster_assets.sources.problems import Problem, Problems

_SNIFFED = 64  # bytes that tell what a file is
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "is an Excel workbook: save the sheet as TSV",
    _PARQUET: "is a Parquet file: a text file is needed here",
    b"%PDF": "is a PDF file: a text file is needed here",
    b"BZh": "is packed with bzip2: unpack it or pack it with gzip",
    b"\xfd7zXZ": "is packed with xz: unpack it or pack it with gzip",
    b"<!doctype html": "is a web page: download the file again",
    b"<html": "is a web page: download the file again",
}


class NotText(OSError):
    """A file that is not text; the message says what it is and what to do."""


def open_text(path: Path) -> IO[str]:
    """Open a text file, unpacked and decoded; skips a byte order mark.

    Raises:
        NotText: when the file is a workbook, an archive, a web page or the like.
        UnicodeDecodeError: when it is neither UTF-8 nor UTF-16.
    """
    return io.TextIOWrapper(open_utf8(path), encoding="utf-8-sig")


def open_utf8(path: Path) -> BinaryIO:
    """Open a text file as bytes of UTF-8, unpacked; raises as `open_text`."""
    with _unpacked(path) as file:
        start = file.read(_SNIFFED)
    _refuse_foreign(path, start)
    encoding = _UTF16.get(start[:2]) or _utf16_without_mark(start)
    opened = _unpacked(path)
    if encoding is None:
        return opened
    with opened:
        return io.BytesIO(opened.read().decode(encoding).encode())


def is_parquet(path: Path) -> bool:
    """Return whether the content of a file is Parquet."""
    return _start(path) == _PARQUET


def is_gzip(path: Path) -> bool:
    """Return whether the content of a file is packed with gzip."""
    return _start(path).startswith(_GZIP)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _unpacked(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if is_gzip(path) else path.open("rb")


def _refuse_foreign(path: Path, start: bytes) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            workbook = any(name.startswith("xl/") for name in archive.namelist())
        raise NotText(
            "is an Excel workbook: save the sheet as TSV"
            if workbook
            else "is a zip archive: unpack it and set the file inside"
        )
    plain = start.lstrip().lower()
    for magic, what in _FOREIGN.items():
        if start.startswith(magic) or plain.startswith(magic):
            raise NotText(what)


def _utf16_without_mark(start: bytes) -> str | None:
    """Return the encoding when every second byte is 0, as in UTF-16 of Latin letters."""
    for encoding, letters, zeros in (
        ("utf-16-le", start[::2], start[1::2]),
        ("utf-16-be", start[1::2], start[::2]),
    ):
        if zeros and not any(zeros) and all(letters):
            return encoding
    return None


def first_line(path: Path) -> str:
    """Return the first line of a text file, or an empty string when it cannot be read."""
    try:
        with open_text(path) as lines:
            return next(lines, "").rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        return ""  # the problem is reported when the file is read as a table


def line_numbers(path: Path, skipped: int, rows: Iterable[int]) -> dict[int, int]:
    """Return the line of each data row; blank lines are not rows, so the two numbers differ."""
    wanted = set(rows)
    found: dict[int, int] = {}
    row = 0
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if number <= skipped or line.rstrip("\r\n") == "":
                continue
            if row in wanted:
                found[row] = number
                if len(found) == len(wanted):
                    break
            row += 1
    return found


@contextmanager
def readable(path: Path, problems: Problems) -> Iterator[None]:
    """Report a file that is missing, broken or not text as a problem instead of raising."""
    if not path.is_file():
        problems.add(Problem("file", str(path), "file not found"))
    try:
        yield
    except UnicodeDecodeError:
        problems.add(encoding_problem(path))
    except NotText as error:
        problems.add(Problem("file", path.name, str(error)))
    except (OSError, EOFError, zlib.error) as error:
        if path.is_file():
            problems.add(Problem("file", path.name, f"cannot be read or unpacked: {error}"))


def encoding_problem(path: Path) -> Problem:
    """Return the problem of a file that is not UTF-8, with the first such line."""
    what = "is not UTF-8; save the file as UTF-8"
    with _unpacked(path) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                value = line[max(error.start - 20, 0) : error.end + 20].decode("utf-8", "replace")
                return Problem("encoding", path.name, what, number, value=value)
    return Problem("encoding", path.name, what)
