"""The peers of the clustering benchmark, each with its own means, in an environment of its own.

`python clustering_peers.py NAME FOLDER REPEATS` works on the files that the benchmark wrote and
prints one line of JSON; libraries and data are loaded before the clock starts. None of these
packages is a dependency of the project; `cluster_assets_bench.clustering_peers` runs this file.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LARGE = 250_000  # edges beyond which two rounds must do, for us too
Edges = tuple[list[tuple[int, int]], list[float], int]
Answer = dict[str, Any]


def timed(one: Callable[[int], Any], repeats: int) -> tuple[list[float], list[Any]]:
    """Run something several times, with another seed each time."""
    seconds, results = [], []
    for seed in range(repeats):
        started = time.perf_counter()
        results.append(one(seed))
        seconds.append(time.perf_counter() - started)
    return seconds, results


def read_edges(path: Path) -> Edges:
    """Return the edges of a network, their weights and the number of nodes."""
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    edges = [(int(a), int(b)) for a, b, _ in rows]
    return edges, [float(w) for *_, w in rows], 1 + max(max(pair) for pair in edges)


def on_networks(
    folder: Path, repeats: int, load: Callable[[Edges], Callable[[int], list[int]]]
) -> Answer:
    """Find communities in each network, once for each seed."""
    found = {}
    for path in sorted(folder.glob("*.tsv")):
        seconds, labels = timed(load(read_edges(path)), repeats)
        found[path.stem] = {"seconds": seconds, "labels": labels}
    return found


def run_igraph(folder: Path, repeats: int) -> Answer:
    """Leiden of igraph, to convergence."""
    import random

    import igraph

    def load(network: Edges) -> Callable[[int], list[int]]:
        edges, weights, n_nodes = network
        graph = igraph.Graph(n_nodes, edges)

        def one(seed: int) -> list[int]:
            random.seed(seed)
            return graph.community_leiden(
                "modularity", weights=weights, n_iterations=2 if len(edges) > LARGE else -1
            ).membership

        return one

    return on_networks(folder, repeats, load)


def run_leidenalg(folder: Path, repeats: int) -> Answer:
    """Leiden of leidenalg, to convergence."""
    import igraph
    import leidenalg

    def load(network: Edges) -> Callable[[int], list[int]]:
        edges, weights, n_nodes = network
        graph = igraph.Graph(n_nodes, edges)
        return lambda seed: (
            leidenalg.find_partition(
                graph,
                leidenalg.ModularityVertexPartition,
                weights=weights,
                n_iterations=2 if len(edges) > LARGE else -1,
                seed=seed,
            ).membership
        )

    return on_networks(folder, repeats, load)


def run_networkx(folder: Path, repeats: int) -> Answer:
    """Louvain of networkx."""
    import networkx as nx

    def load(network: Edges) -> Callable[[int], list[int]]:
        edges, weights, n_nodes = network
        graph = nx.Graph()
        graph.add_nodes_from(range(n_nodes))
        graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(edges, weights, strict=True))

        def one(seed: int) -> list[int]:
            labels = [0] * n_nodes
            for label, members in enumerate(
                nx.community.louvain_communities(graph, weight="weight", seed=seed)
            ):
                for member in members:
                    labels[member] = label
            return labels

        return one

    return on_networks(folder, repeats, load)


def run_prince(folder: Path, repeats: int) -> Answer:
    """MCA of prince."""
    import pandas as pd
    import prince

    table = pd.read_csv(folder / "clinical.csv")
    named = table.replace({0: "absent", 1: "present"}).astype("category")
    seconds, found = timed(
        lambda seed: (
            prince.MCA(n_components=8, random_state=seed).fit(named).row_coordinates(named)
        ),
        repeats,
    )
    return {"seconds": seconds, "coordinates": found[0].to_numpy().tolist()}


def run_gseapy(folder: Path, repeats: int) -> Answer:
    """Over-representation of gseapy, one call for each cluster."""
    import gseapy

    task = json.loads((folder / "enrichment.json").read_text())

    def one(_: int) -> list[dict[str, float]]:
        found = []
        for genes in task["clusters"]:
            result = gseapy.enrich(
                gene_list=genes,
                gene_sets=task["sets"],
                background=task["background"],
                outdir=None,
                no_plot=True,
            ).results
            found.append(dict(zip(result["Term"], result["P-value"], strict=True)))
        return found

    seconds, found = timed(one, repeats)
    return {"seconds": seconds, "p": found[0]}


PEERS = {
    "igraph": run_igraph,
    "leidenalg": run_leidenalg,
    "networkx": run_networkx,
    "prince": run_prince,
    "gseapy": run_gseapy,
}

if __name__ == "__main__":
    name, folder_name, times = sys.argv[1:]
    answer = PEERS[name](Path(folder_name), int(times))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**answer, "peak_mb": peak_mb}) + "\n")
