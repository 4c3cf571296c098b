"""How a source says what it met: problems that stop it, and findings that a person should see.

A `Problem` makes the input unusable; `Problems` gathers all of them before one error is raised. A
`Finding` is something that was set aside, merged or renamed: it becomes a note of the input, and
its full list of ids is the report that nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from cluster_assets.errors import InputError

MAX_SHOWN = 20  # problems in one message

ProblemKind = Literal[
    "file", "encoding", "empty", "columns", "shape", "value", "duplicate", "reference"
]
# One code a kind, so that a program can tell them apart; the first kind of this order that occurs
# names the error, because the others often follow from it.
CODES: dict[ProblemKind, str] = {
    "file": "CA-210",
    "encoding": "CA-211",
    "empty": "CA-212",
    "columns": "CA-213",
    "shape": "CA-214",
    "value": "CA-215",
    "duplicate": "CA-216",
    "reference": "CA-217",
}

FindingKind = Literal[
    "outside",
    "self_loop",
    "merged",
    "unknown_id",
    "ambiguous_id",
    "renamed_id",
    "unlabelled",
    "excluded",
    "present",
    "uncertain",
    "caveat",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why the input cannot be used.

    Attributes:
        kind: what sort of problem; gives the code.
        where: file, query or setting.
        what: what is wrong and what would be right.
        line: line of a text file or row of a table, from 1.
        column: column as the file names it.
        value: the value that is wrong, when there is one.
        unit: whether `line` counts lines or rows.
    """

    kind: ProblemKind
    where: str
    what: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    unit: Literal["line", "row"] = "line"

    def __str__(self) -> str:
        """Return `where, line 3, column `x`: 'value': what`."""
        place = self.where
        if self.line is not None:
            place += f", {self.unit} {self.line}"
        if self.column is not None:
            place += f", column `{self.column}`"
        shown = "" if self.value is None else f"{self.value[:80]!r} "
        return f"{place}: {shown}{self.what}"


@dataclass(slots=True)
class Problems:
    """Gathers problems, so that one error can name them all.

    Attributes:
        found: problems with their places.
        n_unlisted: further problems that are only counted.
    """

    found: list[Problem] = field(default_factory=list)
    n_unlisted: int = 0

    def add(self, problem: Problem) -> None:
        """Add one."""
        self.found.append(problem)

    def stop_if_any(self) -> None:
        """Raise the error when there is a problem.

        Raises:
            InputError: see `error`.
        """
        if self.found:
            raise self.error()

    def error(self) -> InputError:
        """Return one error for all problems: the first 20, then how many more there are.

        Its code is `CA-210` to `CA-217`, see `CODES`; `kinds` and `n_problems` are in the context.
        """
        kinds = {problem.kind for problem in self.found}
        code = next(code for kind, code in CODES.items() if kind in kinds)
        count = len(self.found) + self.n_unlisted
        shown = [str(problem) for problem in self.found[:MAX_SHOWN]]
        if count > MAX_SHOWN:
            shown.append(f"and {count - len(shown):,} more")
        return InputError(
            code,
            f"the input cannot be used: {count:,} problem{'s' if count > 1 else ''}",
            problems=shown,
            kinds=tuple(sorted(kinds)),
            n_problems=count,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know about the data.

    Attributes:
        kind: what sort.
        where: file, query or data set.
        text: what and what was done with it, e.g. `genes without a symbol, shown by their id`.
        count: how many; None when the finding is no number.
        total: of how many, when that is worth saying.
        ids: all ids concerned, sorted; empty when the finding is not about ids.
    """

    kind: FindingKind
    where: str
    text: str
    count: int | None = None
    total: int | None = None
    ids: tuple[str, ...] = ()

    def note(self) -> str:
        """Return one line with the first few of the ids."""
        counted = "" if self.count is None else f": {self.count:,}"
        if self.total is not None:
            counted += f" of {self.total:,}"
        shown = "" if not self.ids else f" ({listed(self.ids)})"
        return f"{self.where}: {self.text}{counted}{shown}"


def about_ids(kind: FindingKind, where: str, text: str, ids: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding about these ids, none when there are none."""
    known = tuple(sorted(set(ids)))
    return (Finding(kind, where, text, len(known), ids=known),) if known else ()


def about_rows(
    kind: FindingKind, where: str, text: str, count: int, total: int | None = None
) -> tuple[Finding, ...]:
    """Return a finding about this many rows, none when there are none."""
    return (Finding(kind, where, text, count, total),) if count else ()


def report_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return the report of all ids: one row a finding and id, `kind`, `where`, `what`, `id`."""
    rows = [
        (finding.kind, finding.where, finding.text, item)
        for finding in findings
        for item in finding.ids
    ]
    return pd.DataFrame(rows, columns=["kind", "where", "what", "id"], dtype="str")


def listed(ids: Iterable[str], limit: int = 5) -> str:
    """Return `A, B, C and 12 more`."""
    known = sorted(ids)
    rest = len(known) - limit
    return ", ".join(known[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def notes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the notes of an input."""
    return tuple(finding.note() for finding in findings)
