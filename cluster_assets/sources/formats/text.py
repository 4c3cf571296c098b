"""Text files as files: opened, unpacked, decoded; their lines counted; their faults reported."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cluster_assets.sources.problems import Problem, Problems


def open_text(path: Path) -> IO[str]:
    """Open a UTF-8 text file, decompressed if its name ends in `.gz`; skips a byte order mark."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


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
    """Report a missing, broken or non-UTF-8 file as a problem instead of raising."""
    if not path.is_file():
        problems.add(Problem("file", str(path), "file not found"))
    try:
        yield
    except UnicodeDecodeError:
        problems.add(encoding_problem(path))
    except (OSError, EOFError, zlib.error) as error:
        if path.is_file():
            problems.add(Problem("file", path.name, f"cannot be read or unpacked: {error}"))


def encoding_problem(path: Path) -> Problem:
    """Return the problem of a file that is not UTF-8, with the first such line."""
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
