"""STRING's `protein.links`, `.detailed` and `.full`: which links count, and with what weight.

The score is recomputed from the chosen channels as STRING does it (https://string-db.org/help/faq,
"How are the scores computed?"): the prior of 0.041 is removed from each channel, the channels are
combined as independent evidence, and the prior is added back once. A file without channels, or the
choice `combined`, gives the combined score in the file. STRING's homology correction of text mining
and co-occurrence is not applied, so choose these channels with care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.delimited import stream_rows
from cluster_assets.sources.formats.string_db import release_of, unnamed
from cluster_assets.sources.formats.table import Table, map_values
from cluster_assets.sources.formats.text import first_line
from cluster_assets.sources.problems import Problem, Problems

if TYPE_CHECKING:
    import pyarrow as pa

PRIOR = 0.041
COMBINED = "combined"
# The channels whose columns have other names in `links.detailed` or in the web export
CHANNEL_NAMES = {
    "experimental": "experiments",
    "experimentally_determined_interaction": "experiments",
    "database_annotated": "database",
    "automated_textmining": "textmining",
    "neighborhood_on_chromosome": "neighborhood",
    "gene_fusion": "fusion",
    "phylogenetic_cooccurrence": "cooccurence",
}


def read_links(
    path: Path,
    symbols: Mapping[str, str],
    channels: tuple[str, ...],
    min_score: int,
    problems: Problems,
) -> Table | None:
    """Read links as interactions: those with at least the given score; weight = score / 1000.

    The file is read in batches, because the one for a whole species has 14 million rows.

    Args:
        path: the file as downloaded, compressed or not.
        symbols: protein to gene symbol.
        channels: e.g. `("experiments", "database")`, or `("combined",)`.
        min_score: 0 to 1000, compared with the score from the chosen channels.
        problems: receives what is wrong.

    Returns:
        The table, or None when it cannot be used; then `problems` says why.
    """
    header = first_line(path).split(" ")
    columns = score_columns(path, header[2:], channels, problems)
    if columns is None:
        return None
    n_before = len(problems.found)
    kept: list[pd.DataFrame] = []
    for batch in stream_rows(path, header, [*header[:2], *columns], columns, problems):
        scores = [np.asarray(batch.column(column)) for column in columns]
        if any(len(score) and not 0 <= score.min() <= score.max() <= 1000 for score in scores):
            problems.add(Problem("value", path.name, "has scores that are not from 0 to 1000"))
            return None
        kept.append(_strong(batch, together(scores), min_score))
    if len(problems.found) > n_before:
        return None
    if not kept:
        problems.add(Problem("empty", path.name, "has a header and no rows"))
        return None
    return _named(path, pd.concat(kept, ignore_index=True), symbols, columns)


def combine(channels: Sequence[np.ndarray]) -> np.ndarray:
    """Combine the scores of independent channels; no evidence remains 0.

    Args:
        channels: arrays of shape (m,), 0 to 1.

    Returns:
        Shape (m,), 0 to 1. Source: STRING's FAQ, "How are the scores computed?".
    """
    without_prior = [np.maximum(scores - PRIOR, 0) / (1 - PRIOR) for scores in channels]
    together = 1 - np.prod([1 - scores for scores in without_prior], axis=0)
    return np.where(together > 0, together + PRIOR * (1 - together), 0.0)


def score_columns(
    path: Path, there: Sequence[str], channels: tuple[str, ...], problems: Problems
) -> tuple[str, ...] | None:
    """Return the columns to combine; the combined score when the file has no channels.

    Args:
        path: the file.
        there: its columns of scores.
        channels: the channels that count.
        problems: receives what is wrong.
    """
    known = {CHANNEL_NAMES.get(name, name): name for name in there}
    score = known.pop("combined_score", None)
    if channels == (COMBINED,) or not known:
        if score is None:
            problems.add(Problem("columns", path.name, "has no column `combined_score`"))
            return None
        return (score,)
    missing = [channel for channel in channels if channel not in known]
    if missing or not channels:
        shown = ", ".join(f"`{channel}`" for channel in missing) or "to use"
        what = f"has no channel {shown}; choose from {', '.join(known)}, or `{COMBINED}`"
        problems.add(Problem("columns", path.name, what))
        return None
    return tuple(known[channel] for channel in channels)


def together(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return scores from 0 to 1000, rounded down to whole numbers as in STRING."""
    if len(scores) == 1:
        return scores[0]
    combined = combine([values / 1000 for values in scores])
    return np.floor(combined * 1000 + 1e-6)  # without the small term 0.9 would become 899


def association(columns: tuple[str, ...]) -> str:
    """Return what a link is, in words for readers, with the channels that it rests on."""
    if columns == ("combined_score",):
        return "STRING association"
    shown = ", ".join(CHANNEL_NAMES.get(name, name) for name in columns)
    return f"STRING association ({shown})"


def _strong(batch: pa.RecordBatch, score: np.ndarray, min_score: int) -> pd.DataFrame:
    rows = np.flatnonzero((score >= min_score) & (score > 0))
    first, second = (batch.column(name).take(rows).to_pandas().astype("str") for name in (0, 1))
    ordered = first < second  # each link is listed in both directions
    return pd.DataFrame(
        {
            "gene_a": first.where(ordered, second),
            "gene_b": second.where(ordered, first),
            "weight": score[rows] / 1000,
        }
    )


def _named(
    path: Path, links: pd.DataFrame, symbols: Mapping[str, str], columns: tuple[str, ...]
) -> Table:
    links = links.drop_duplicates(ignore_index=True)
    proteins = {*links["gene_a"].unique(), *links["gene_b"].unique()}
    named = links.assign(
        gene_a=map_values(links["gene_a"], lambda protein: symbols.get(protein, protein)),
        gene_b=map_values(links["gene_b"], lambda protein: symbols.get(protein, protein)),
    )
    shown = ", ".join(CHANNEL_NAMES.get(name, name) for name in columns)
    return Table(
        path.name,
        named,
        {"gene_a": "protein1", "gene_b": "protein2", "weight": shown},
        by_symbol=True,
        label=association(columns),
        releases=release_of(path),
        notices=unnamed(path, proteins - set(symbols)),
    )
