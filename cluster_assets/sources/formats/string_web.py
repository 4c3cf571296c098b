"""STRING's export from the web page of a network, `string_interactions.tsv`.

It names genes by their preferred names and gives scores from 0 to 1. The channels and the lowest
score count as for the downloads (`string_links`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.reading import read_table
from cluster_assets.sources.formats.string_links import (
    CHANNEL_NAMES,
    association,
    score_columns,
    together,
)
from cluster_assets.sources.formats.table import Columns, Table
from cluster_assets.sources.notices import about_rows
from cluster_assets.sources.problems import Problems

_SCORES = ("combined_score", "coexpression", *CHANNEL_NAMES)
_COLUMNS = Columns(
    {"gene_a": ("node1",), "gene_b": ("node2",), **{name: (name,) for name in _SCORES}},
    frozenset({"gene_a", "gene_b"}),
)


def read_web_export(
    path: Path, channels: tuple[str, ...], min_score: int, problems: Problems
) -> Table | None:
    """Read the export as interactions; None when that fails, and `problems` says why.

    Args:
        path: the file as exported.
        channels: e.g. `("experiments", "database")`, or `("combined",)`.
        min_score: 0 to 1000, compared with the score from the chosen channels.
        problems: receives what is wrong.
    """
    table = read_table(path, _COLUMNS, problems, "\t")
    if table is None:
        return None
    there = [name for name in _SCORES if name in table.frame]
    columns = score_columns(path, there, channels, problems)
    if columns is None:
        return None
    scores = [pd.to_numeric(table.frame[name].astype("str"), errors="coerce") for name in columns]
    for name, values in zip(columns, scores, strict=True):
        wrong = np.flatnonzero(~values.between(0, 1))
        table.report(problems, "value", wrong, name, "is not a score from 0 to 1")
    score = together([np.rint(values.to_numpy() * 1000) for values in scores])
    rows = np.flatnonzero((score >= min_score) & (score > 0))
    kept = table.frame[["gene_a", "gene_b"]].iloc[rows].reset_index(drop=True)
    weak = about_rows(
        "excluded",
        path.name,
        f"links with a score below {min_score}, left out",
        len(score) - len(rows),
        len(score),
    )
    return Table(
        path.name,
        kept.assign(weight=score[rows] / 1000),
        {"gene_a": "node1", "gene_b": "node2", "weight": ", ".join(columns)},
        path=path,
        skipped=table.skipped,
        rows=rows,
        by_symbol=True,
        label=association(columns),
        notices=weak,
    )
