"""What benchmarks report: figures with their runs, a physical bound, and what they are held to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        what: in words.
        unit: `s`, `us`, `x`, `requests` ...
        runs: one value for each repetition.
        bound: the least that physics or arithmetic allows, None where there is none.
        at_most: what the median is held to, None for a figure that is only shown.
        at_least: likewise, for a figure that should be high.
    """

    what: str
    unit: str
    runs: tuple[float, ...]
    bound: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def median(self) -> float:
        """The median of the runs."""
        return median(self.runs)

    @property
    def is_held(self) -> bool:
        """Whether the median is what it is held to."""
        return (self.at_most is None or self.median <= self.at_most) and (
            self.at_least is None or self.median >= self.at_least
        )

    @property
    def limit(self) -> str:
        """What it is held to, as the table shows it."""
        if self.at_least is not None:
            return f">= {_shown(self.at_least)}"
        return "" if self.at_most is None else f"<= {_shown(self.at_most)}"

    def to_dict(self) -> dict[str, object]:
        """Return JSON values."""
        return {**asdict(self), "median": self.median, "is_held": self.is_held}


@dataclass(frozen=True, slots=True)
class BenchReport:
    """The figures of a benchmark, and what could not be measured."""

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether every figure is what it is held to."""
        return all(figure.is_held for figure in self.figures)

    def to_dict(self) -> dict[str, object]:
        """Return JSON values."""
        return {
            "title": self.title,
            "is_held": self.is_held,
            "figures": [figure.to_dict() for figure in self.figures],
            "notes": list(self.notes),
        }

    def table(self) -> Table:
        """Return the table that a person reads."""
        from rich.table import Table

        caption = "\n".join(self.notes) or None
        table = Table(title=self.title, caption=caption, caption_justify="left")
        for heading in ("what", "median", "lowest", "highest", "bound", "held to"):
            table.add_column(heading, justify="left" if heading == "what" else "right")
        for figure in self.figures:
            style = None if figure.is_held else "red"
            values = (figure.median, min(figure.runs), max(figure.runs), figure.bound)
            cells = [f"{_shown(value)} {figure.unit}" for value in values if value is not None]
            cells += [""] * (4 - len(cells))
            table.add_row(figure.what, *cells, figure.limit, style=style)
        return table


def _shown(value: float) -> str:
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.4g}"
