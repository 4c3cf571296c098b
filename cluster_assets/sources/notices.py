"""Notices: what a source set aside, merged or renamed, so that nothing is dropped silently.

Each notice becomes a note of the input; the full lists of ids are the report that `doctor` writes.
What makes the input unusable is a `problems.Problem` instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Topic = Literal[
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
class Notice:
    """Something that a person should know about the data.

    Attributes:
        topic: what the notice is about.
        where: file, query or data set.
        text: what was found and what was done about it, e.g. `genes without a symbol, shown by
            their id`.
        count: how many; None when there is nothing to count.
        total: the total that `count` is part of; None when it adds nothing.
        ids: all affected ids, sorted; empty when the notice is not about ids.
    """

    topic: Topic
    where: str
    text: str
    count: int | None = None
    total: int | None = None
    ids: tuple[str, ...] = ()

    def note(self) -> str:
        """Return one line with the first few ids."""
        counted = "" if self.count is None else f": {self.count:,}"
        if self.total is not None:
            counted += f" of {self.total:,}"
        shown = "" if not self.ids else f" ({listed(self.ids)})"
        return f"{self.where}: {self.text}{counted}{shown}"


def about_ids(topic: Topic, where: str, text: str, ids: Iterable[str]) -> tuple[Notice, ...]:
    """Return one notice about these ids, or nothing when there are no ids."""
    known = tuple(sorted(set(ids)))
    return (Notice(topic, where, text, len(known), ids=known),) if known else ()


def about_rows(
    topic: Topic, where: str, text: str, count: int, total: int | None = None
) -> tuple[Notice, ...]:
    """Return one notice about this many rows, or nothing when the count is 0."""
    return (Notice(topic, where, text, count, total),) if count else ()


def report_table(notices: Iterable[Notice]) -> pd.DataFrame:
    """Return one row per notice and id: `kind` (its topic), `where`, `what`, `id`."""
    rows = [
        (notice.topic, notice.where, notice.text, item) for notice in notices for item in notice.ids
    ]
    return pd.DataFrame(rows, columns=["kind", "where", "what", "id"], dtype="str")


def listed(ids: Iterable[str], limit: int = 5) -> str:
    """Return `A, B, C and 12 more`."""
    known = sorted(ids)
    rest = len(known) - limit
    return ", ".join(known[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def notes(notices: Iterable[Notice]) -> tuple[str, ...]:
    """Return one line per notice, as inputs carry them."""
    return tuple(notice.note() for notice in notices)
