"""Plots of a clustering, as PNG images of at most 50 kB.

They are drawn from a clustering and what its method computed on the way: the network of genes, or
the factor space and tree of entities. matplotlib is imported when the first plot is drawn, and its
global state (pyplot) is never used, so that plots can be made in any thread.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cluster_assets.core.models import Clustering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cluster_assets.core.clustering.arrays import Floats, Ids, Labels, Sparse
    from cluster_assets.core.clustering.entities.ward import FactorSpace, Tree
    from cluster_assets.core.clustering.genes.graph import GeneNetwork

Colour: TypeAlias = "tuple[float, float, float, float] | str"

MAX_BYTES = 50_000
_SIZE_INCHES = (9.0, 6.0)
_RESOLUTIONS = (110, 90, 72, 56, 42)  # dots per inch, tried in turn until the image is small enough
_COLOURS = 64
_MAX_NAME = 44
_MAX_BARS = 40
_MAX_LEAVES = 40
_GREY = "#9a9a9a"


def functional_plots(clustering: Clustering, network: GeneNetwork) -> dict[str, bytes]:
    """Return the plots `network_map` and `cluster_sizes` of a functional clustering."""
    return {
        "network_map": network_map(clustering, network),
        "cluster_sizes": cluster_sizes(clustering),
    }


def phenotype_plots(clustering: Clustering, space: FactorSpace) -> dict[str, bytes]:
    """Return the plots `factor_map` and `dendrogram` of a phenotype clustering."""
    return {
        "factor_map": _factor_map(clustering, space),
        "dendrogram": _dendrogram(clustering, space.tree),
    }


def cluster_sizes(clustering: Clustering) -> bytes:
    """Return a plot of one bar per cluster, coloured by stability."""
    figure, axes = _figure()
    shown = clustering.clusters[:_MAX_BARS]
    colours = [_stability_colour(cluster.stats.get("stability")) for cluster in shown]
    rows = np.arange(len(shown))
    axes.barh(rows, [len(cluster.members) for cluster in shown], color=colours)
    axes.set_yticks(rows, [_short(cluster.name) for cluster in shown], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("members (darker: more stable under subsampling)")
    hidden = len(clustering.clusters) - len(shown)
    if hidden:
        axes.set_title(f"{hidden} smaller clusters not shown", fontsize=8)
    return _png(figure)


def network_map(clustering: Clustering, network: GeneNetwork) -> bytes:
    """Return a plot of one disc per cluster, with lines for the interactions between clusters.

    The area of a disc is proportional to the members, the width of a line to the interactions.
    """
    figure, axes = _figure()
    axes.set_axis_off()
    axes.set_title(
        f"clusters and the {_plain(str(clustering.params['network']))} between them", fontsize=9
    )
    if clustering.clusters:
        labels = _labels_of(clustering, network.nodes)
        between = _interactions_between(network.adjacency, labels, len(clustering.clusters))
        sizes = np.array([len(cluster.members) for cluster in clustering.clusters])
        places = _spread(between / np.sqrt(np.outer(sizes, sizes)))
        strongest = max(between.max(), 1e-12)
        for one, two in zip(*np.triu_indices(len(sizes), k=1), strict=True):
            share = between[one, two] / strongest
            if share > 0.02:
                ends = places[[one, two]]
                axes.plot(ends[:, 0], ends[:, 1], color=_GREY, lw=4 * share, alpha=0.5, zorder=1)
        colours = [
            _stability_colour(cluster.stats.get("stability")) for cluster in clustering.clusters
        ]
        areas = 1500 * sizes / sizes.max()
        axes.scatter(places[:, 0], places[:, 1], s=areas, c=colours, zorder=2)
        for place, cluster in zip(places, clustering.clusters, strict=True):
            _write(axes, place, cluster.name)
    return _png(figure)


def _factor_map(clustering: Clustering, space: FactorSpace) -> bytes:
    from matplotlib import colormaps

    figure, axes = _figure()
    points, labels = space.coordinates[:, :2], _labels_of(clustering, space.entity_ids)
    order = np.random.default_rng(0).permutation(len(points))[:4000]  # more only hide one another
    palette = colormaps["tab20"]
    shown: list[int] = labels[order].tolist()
    colours: list[Colour] = [_GREY if label < 0 else palette(label % 20) for label in shown]
    axes.scatter(points[order, 0], points[order, -1 % points.shape[1]], s=4, c=colours, lw=0)
    for label, cluster in enumerate(clustering.clusters):
        _write(axes, points[labels == label].mean(axis=0)[[0, -1]], cluster.name)
    axes.set_xlabel("axis 1")
    axes.set_ylabel("axis 2")
    return _png(figure)


def _dendrogram(clustering: Clustering, tree: Tree) -> bytes:
    from scipy.cluster.hierarchy import dendrogram

    figure, axes = _figure()
    merges = _linkage(tree)
    dendrogram(
        merges,
        truncate_mode="lastp",
        p=_MAX_LEAVES,
        ax=axes,
        color_threshold=0,
        above_threshold_color="#30506f",
        no_labels=True,
    )
    n_clusters = len(clustering.clusters)
    if 1 < n_clusters <= len(merges):
        heights = np.sort(merges[:, 2])[::-1]
        cut = heights[n_clusters - 2 : n_clusters].mean()
        axes.axhline(cut, color=_GREY, ls="--", lw=1)
    axes.set_title(f"Ward's tree, last {_MAX_LEAVES} merges; the line cuts {n_clusters} clusters")
    axes.set_ylabel("height")
    return _png(figure)


def _linkage(tree: Tree) -> Floats:
    """Return a tree as scipy draws it: both nodes, height and number of entities of each merge."""
    n_leaves = len(tree.sizes)
    counts = np.concatenate([tree.sizes, np.zeros(len(tree.merges), dtype=np.int64)])
    for step, (one, two) in enumerate(tree.merges):
        counts[n_leaves + step] = counts[one] + counts[two]
    return np.column_stack([tree.merges, tree.heights, counts[n_leaves:]]).astype(np.float64)


def _labels_of(clustering: Clustering, ids: Ids) -> Labels:
    """Return the position of the cluster of each member, -1 for none."""
    home = {
        member.id: position
        for position, cluster in enumerate(clustering.clusters)
        for member in cluster.members
    }
    return np.array([home.get(key, -1) for key in ids], dtype=np.int64)


def _interactions_between(adjacency: Sparse, labels: Labels, n_clusters: int) -> Floats:
    edges = adjacency.tocoo()
    one, two = labels[edges.row], labels[edges.col]
    kept = (one >= 0) & (two >= 0) & (one != two)
    pairs = one[kept] * n_clusters + two[kept]
    sums = np.bincount(pairs, edges.data[kept], minlength=n_clusters**2).astype(float)
    return sums.reshape(n_clusters, n_clusters)


def _spread(ties: Floats) -> Floats:
    """Return `(n_clusters, 2)` places with linked clusters near each other, always the same.

    Source:
        Fruchterman and Reingold (1991), doi:10.1002/spe.4380211102.
    """
    n = len(ties)
    angles = 2 * np.pi * np.arange(n) / max(n, 1)
    places = np.column_stack([np.cos(angles), np.sin(angles)])
    ideal = 1 / np.sqrt(max(n, 1))
    pull = ties / max(ties.max(), 1e-12)
    for step in np.linspace(0.1, 0.001, 300):
        apart = places[:, None] - places
        distance = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1e-3)
        force = ideal**2 / distance**2 - pull * distance / ideal - 0.1 * distance
        shift = (apart * force[:, :, None]).sum(axis=1)
        length = np.maximum(np.sqrt((shift**2).sum(axis=1, keepdims=True)), 1e-9)
        places = places + shift / length * np.minimum(length, step)
    return places


def _stability_colour(stability: float | None) -> Colour:
    from matplotlib import colormaps

    return colormaps["YlGnBu"](0.25 + 0.65 * (0.0 if stability is None else stability))


def _write(axes: Axes, place: Floats, name: str) -> None:
    axes.text(
        place[0], place[1], _short(name), fontsize=6, ha="center", va="center",
        bbox={"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 0.8}, zorder=3,
    )  # fmt: skip


def _short(name: str) -> str:
    """Shorten the theme of a name, but never the size after it."""
    theme, bracket, size = name.rpartition(" (")
    room = _MAX_NAME - len(bracket + size)
    return _plain((theme if len(theme) <= room else theme[: room - 1] + "…") + bracket + size)


def _plain(text: str) -> str:
    """Escape dollar signs, which matplotlib reads as the start of a formula."""
    return text.replace("$", r"\$")


def _figure() -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, layout="tight")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def _png(figure: Figure) -> bytes:
    """Return the image in few colours, at the highest resolution that is small enough."""
    from PIL import Image

    data = b""
    for resolution in _RESOLUTIONS:
        raw = io.BytesIO()
        with warnings.catch_warnings():
            # a box is drawn for a letter that the font lacks
            warnings.filterwarnings("ignore", message="Glyph")
            figure.savefig(raw, format="png", dpi=resolution)
        small = io.BytesIO()
        Image.open(raw).convert("RGB").quantize(_COLOURS).save(small, "PNG", optimize=True)
        data = small.getvalue()
        if len(data) <= MAX_BYTES:
            break
    return data
