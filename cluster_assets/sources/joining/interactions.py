"""From tables of interactions to one network of the genes to cluster.

Rules
    - A row with a gene that is not clustered is left out and counted (the network is the induced
      subgraph); so is a gene paired with itself.
    - Edges are undirected. Several rows or files about the same two genes are merged, and the
      largest weight wins.
    - Without a weight column every weight is 1.
    - A network without edges is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.joining.universe import Universe
from cluster_assets.sources.notices import Notice, about_ids, about_rows
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import validate, weights

_SCALES_DIFFER = 10.0


def gene_names(tables: Sequence[Table]) -> list[str]:
    """Return all gene ids and symbols in the tables, sorted."""
    columns = [table.frame[column] for table in tables for column in ("gene_a", "gene_b")]
    return sorted({str(name) for column in columns for name in column.unique()})


@dataclass(frozen=True, slots=True)
class Network:
    """Edges between genes.

    Attributes:
        edges: `gene_a` < `gene_b`, `weight`, sorted by id.
        label: what an interaction is, in words for readers.
        releases: data releases of the tables.
        notices: what was left out or merged.
    """

    edges: pd.DataFrame
    label: str
    releases: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


def join_interactions(
    tables: Sequence[Table], universe: Universe, label: str | None, problems: Problems
) -> Network:
    """Merge the tables into one network.

    Args:
        tables: `gene_a`, `gene_b` and optionally `weight`.
        universe: the genes.
        label: what an interaction is; by default the labels of the tables.
        problems: receives what is wrong.

    Raises:
        InputError: when there are problems.
    """
    by_name = universe.hgnc is not None
    frames = [validate(table, "interactions", problems, by_name) for table in tables]
    problems.stop_if_any()
    notices: list[Notice] = []
    parts: list[np.ndarray] = []
    for table, frame in zip(tables, frames, strict=True):
        part, found = _edges_of(table, frame, universe)
        parts.append(part)
        notices += (*table.notices, *found)
    found_edges = np.concatenate(parts)
    if len(found_edges) == 0:
        where = ", ".join(table.where for table in tables)
        named = [frame[end] for frame in frames for end in ("gene_a", "gene_b")]
        what = "no interaction joins two of the clustered genes" + universe.unmatched(named)
        problems.add(Problem("reference", where, what))
        problems.stop_if_any()
    notices.extend(_scale_notices(tables, parts))
    merged, n_repeated = _merge(found_edges, len(universe.genes))
    text = "repeated interactions, merged to the strongest"
    notices += about_rows("merged", "interactions", text, n_repeated)
    names = dict.fromkeys(table.label or "interaction" for table in tables)
    releases = {name: release for table in tables for name, release in table.releases.items()}
    edges = _named(merged, universe)
    return Network(edges, clean_label(label or " or ".join(names)), releases, tuple(notices))


def _named(edges: np.ndarray, universe: Universe) -> pd.DataFrame:
    ids = universe.genes["gene_id"]
    first, second = (ids.take(edges[:, end].astype(np.int64)).array for end in (0, 1))
    return pd.DataFrame({"gene_a": first, "gene_b": second, "weight": edges[:, 2]})


def _edges_of(
    table: Table, frame: pd.DataFrame, universe: Universe
) -> tuple[np.ndarray, tuple[Notice, ...]]:
    """Return the edges of one table, shape (m, 3): smaller gene, larger gene, weight."""
    ends, notices = universe.locate(frame, ["gene_a", "gene_b"], table.where)
    weight = weights(frame["weight"]) if "weight" in frame else np.ones(len(frame))
    inside = (ends >= 0).all(axis=1)
    loop = inside & (ends[:, 0] == ends[:, 1])
    concerned = universe.genes["gene_id"].iloc[np.unique(ends[loop, 0])]
    loops = about_ids("self_loop", table.where, "genes paired with themselves, left out", concerned)
    text = "rows that pair a gene with itself, left out"
    loops += about_rows("self_loop", table.where, text, int(loop.sum()))
    keep = inside & ~loop
    edges = np.column_stack([np.sort(ends[keep], axis=1), np.asarray(weight)[keep]])
    return edges, (*notices, *loops)


def _merge(edges: np.ndarray, n_genes: int) -> tuple[np.ndarray, int]:
    """Return sorted unique edges with their largest weight, and the number of repeats."""
    key = edges[:, 0].astype(np.int64) * n_genes + edges[:, 1].astype(np.int64)
    order = np.lexsort((-edges[:, 2], key))
    first = np.concatenate([[True], np.diff(key[order]) > 0])
    return edges[order][first], int((~first).sum())


def _scale_notices(tables: Sequence[Table], parts: Sequence[np.ndarray]) -> list[Notice]:
    """Return a notice when weights are on different scales: the larger scale would dominate."""
    tops = {
        table.where: part[:, 2].max()
        for table, part in zip(tables, parts, strict=True)
        if len(part)
    }
    if len(tops) < 2 or max(tops.values()) < _SCALES_DIFFER * min(tops.values()):
        return []
    shown = ", ".join(f"{where} up to {top:g}" for where, top in sorted(tops.items()))
    return [Notice("caveat", "interactions", f"weights are on different scales: {shown}")]
