"""Peers of the clustering benchmark: the same files, each in an environment of its own or in R."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cluster_assets_bench.environments import (
    Environment,
    PeerMissing,
    answer_of,
    python_of,
    script,
)

ENVIRONMENTS = (
    Environment(
        "networks",
        ("igraph==1.0.0", "leidenalg==0.12.0", "networkx==3.6.1"),
        ("igraph", "leidenalg", "networkx"),
    ),
    Environment("factors", ("prince==0.23.0",), ("prince",)),
    Environment("enrichment", ("gseapy==1.3.1",), ("gseapy",)),
)
R_PEERS = ("igraph", "FactoMineR")
_TIMEOUT_S = 900.0


def measure_peers(
    folder: Path, repeats: int, *, with_enrichment: bool
) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Measure each peer; yield its name with its answer, or with the reason why there is none.

    Args:
        folder: the files of the benchmark.
        repeats: runs of each peer.
        with_enrichment: whether there are annotations to enrich for.
    """
    for environment in ENVIRONMENTS:
        if environment.name == "enrichment" and not with_enrichment:
            continue
        for peer in environment.peers:
            yield peer, _answer(environment, peer, folder, repeats)
    for peer in R_PEERS:
        yield f"R {peer}", _r_answer(peer, folder, repeats)


def _answer(
    environment: Environment, peer: str, folder: Path, repeats: int
) -> dict[str, Any] | str:
    try:
        command = [python_of(environment), script("clustering_peers.py"), peer, folder, repeats]
        return answer_of([str(part) for part in command], _TIMEOUT_S)
    except PeerMissing as reason:
        return str(reason)


def _r_answer(peer: str, folder: Path, repeats: int) -> dict[str, Any] | str:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return "R is not here"
    try:
        command = [rscript, script("clustering_peers.R"), peer, folder, repeats]
        return answer_of([str(part) for part in command], _TIMEOUT_S)
    except PeerMissing as reason:
        return str(reason)
