"""Problems: why an input cannot be used. All of them are gathered before one error is raised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cluster_assets.errors import InputError

MAX_SHOWN = 20  # problems in one message

Fault = Literal["file", "encoding", "empty", "columns", "shape", "value", "duplicate", "reference"]
# One code per fault, so that programs can tell them apart. The first fault in this order that
# occurs gives the error its code, because later ones often follow from earlier ones.
CODES: dict[Fault, str] = {
    "file": "CA-210",
    "encoding": "CA-211",
    "empty": "CA-212",
    "columns": "CA-213",
    "shape": "CA-214",
    "value": "CA-215",
    "duplicate": "CA-216",
    "reference": "CA-217",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why the input cannot be used.

    Attributes:
        fault: what sort of problem; determines the error code.
        where: file, query or setting.
        what: what is wrong and how to correct it.
        line: line of a text file or row of a table, counted from 1.
        column: column as the file names it.
        value: the wrong value, if there is one.
        unit: whether `line` counts lines or rows.
    """

    fault: Fault
    where: str
    what: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    unit: Literal["line", "row"] = "line"

    def __str__(self) -> str:
        """Return `where, line 3, column `x`: 'value' what`."""
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
        """Add one problem."""
        self.found.append(problem)

    def stop_if_any(self) -> None:
        """Raise the error if there are any problems.

        Raises:
            InputError: see `error`.
        """
        if self.found:
            raise self.error()

    def error(self) -> InputError:
        """Return one error for all problems: the first 20, then how many more there are.

        Its code is `CA-210` to `CA-217`, see `CODES`; its context holds `kinds` (the faults) and
        `n_problems`.
        """
        faults = {problem.fault for problem in self.found}
        code = next(code for fault, code in CODES.items() if fault in faults)
        count = len(self.found) + self.n_unlisted
        shown = [str(problem) for problem in self.found[:MAX_SHOWN]]
        if count > MAX_SHOWN:
            shown.append(f"and {count - len(shown):,} more")
        return InputError(
            code,
            f"the input cannot be used: {count:,} problem{'s' if count > 1 else ''}",
            problems=shown,
            kinds=tuple(sorted(faults)),
            n_problems=count,
        )
