"""Functional clustering: genes by their interactions, clusters told by their annotations.

Only parameters and the order of the steps; each step lives in its own module and is imported when a
clustering is made, because definitions that load this module must stay light.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cluster_assets.core.models import Clustering, FunctionalInput, Member, Predecessor
from cluster_assets.errors import ClusteringError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cluster_assets.core.assembly import Draft
    from cluster_assets.core.graph import Network


@dataclass(frozen=True, slots=True)
class FunctionalParams:
    """Parameters of a functional clustering.

    Attributes:
        resolution: of modularity; higher gives more and smaller clusters.
        min_size: members from which a cluster is reported.
        n_runs: Leiden runs whose agreement reweights the network.
        n_best: runs on the reweighted network, the best of which is taken.
        seed: everything random follows from it.
        min_term_size: annotated genes that a term needs to be tested, and
        max_term_size: may have.
        max_fdr: highest adjusted p-value of an evidence row.
        max_rows: evidence rows for a cluster and source.
    """

    resolution: float = 1.0
    min_size: int = 10
    n_runs: int = 50
    n_best: int = 20
    seed: int = 42
    min_term_size: int = 5
    max_term_size: int = 2000
    max_fdr: float = 0.05
    max_rows: int = 20

    def __post_init__(self) -> None:
        """Refuse values that no method can work with.

        Raises:
            ClusteringError: `CA-300`.
        """
        if not (
            self.resolution > 0 and self.min_size >= 1 and self.n_runs >= 1 and self.n_best >= 1
        ):
            raise ClusteringError(
                "CA-300",
                "functional clustering needs a resolution above 0 and at least 1 for `min_size`, "
                "`n_runs` and `n_best`",
            )


DEFAULTS = FunctionalParams()


def cluster_genes(
    inp: FunctionalInput,
    params: FunctionalParams = DEFAULTS,
    predecessor: Predecessor | None = None,
) -> Clustering:
    """Cluster the genes of an input by their interactions.

    The same input gives the same clusters and hashes in any row order, process or thread count.

    Args:
        inp: genes, interactions, annotations.
        params: parameters of the method.
        predecessor: the clustering published before; None starts afresh.

    Raises:
        InputError: `CA-230` to `CA-233` when the input cannot be used.
        ClusteringError: `CA-301` when no interaction joins two of the genes.
    """
    from cluster_assets.core.assembly import Frame, assemble
    from cluster_assets.core.fingerprints import functional_fingerprint
    from cluster_assets.core.frames import check_functional
    from cluster_assets.core.graph import build_network

    check_functional(inp)
    members = _members(inp)
    network = build_network(inp.genes["gene_id"], inp.interactions)
    communities = _communities(network, params)
    quality = _quality(network, communities, len(members))
    frame = Frame(
        type="functional",
        namespace=inp.namespace,
        fingerprint=functional_fingerprint(inp, params),
        params={**asdict(params), "method": "consensus Leiden", "network": inp.interaction_label},
        quality=quality,
        releases=inp.releases,
        notes=(*inp.notes, *_findings(network, quality, params)),
        unclustered=tuple(members[gene] for gene in (*network.isolates, *communities.small)),
        predecessor=predecessor,
        is_warm=False,
    )
    return assemble(frame, _drafts(inp, params, communities, members))


@dataclass(frozen=True, slots=True)
class _Communities:
    """A partition of the network and the part of it that is reported.

    Attributes:
        labels: community of each node, largest 0.
        groups: ids of the members of each reported community.
        confidence: how sure each node's place is, 0 to 1.
        small: ids in communities that are too small to report.
        n_small: number of these communities.
    """

    labels: NDArray[np.int64]
    groups: tuple[NDArray[np.object_], ...]
    confidence: NDArray[np.float64]
    small: tuple[str, ...]
    n_small: int


def _communities(network: Network, params: FunctionalParams) -> _Communities:
    import numpy as np

    from cluster_assets.core import leiden

    found = leiden.consensus(
        network.adjacency,
        seed=params.seed,
        n_runs=params.n_runs,
        n_best=params.n_best,
        resolution=params.resolution,
    )
    sizes = np.bincount(found.labels)
    n_reported = int((sizes >= params.min_size).sum())  # labels are numbered by size
    return _Communities(
        labels=found.labels,
        groups=tuple(network.nodes[found.labels == label] for label in range(n_reported)),
        confidence=leiden.confidence(found.labels, found.runs),
        small=tuple(network.nodes[found.labels >= n_reported]),
        n_small=len(sizes) - n_reported,
    )


def _members(inp: FunctionalInput) -> dict[str, Member]:
    """Return the members by id; a gene without a symbol is called by its id."""
    symbols = inp.genes["symbol"].where(inp.genes["symbol"].notna(), inp.genes["gene_id"])
    return {
        gene: Member(gene, symbol)
        for gene, symbol in zip(inp.genes["gene_id"], symbols.astype(str), strict=True)
    }


def _drafts(
    inp: FunctionalInput,
    params: FunctionalParams,
    communities: _Communities,
    members: Mapping[str, Member],
) -> list[Draft]:
    import pandas as pd

    from cluster_assets.core.assembly import Draft
    from cluster_assets.core.enrichment import EnrichmentParams, enrich, source_terms

    limits = EnrichmentParams(
        params.min_term_size, params.max_term_size, params.max_fdr, params.max_rows
    )
    universe = sorted(members)
    index = pd.Index(universe)
    enriched = enrich(
        [index.get_indexer(pd.Index(group)) for group in communities.groups],
        [members[gene].label for gene in universe],
        source_terms(universe, inp.annotations, limits),
        _labels(inp),
        limits,
    )
    return [
        Draft(
            members=tuple(members[gene] for gene in group),
            rows=found.rows,
            themes=found.themes,
            stats={"confidence": float(communities.confidence[communities.labels == label].mean())},
        )
        for label, (group, found) in enumerate(zip(communities.groups, enriched, strict=True))
    ]


def _labels(inp: FunctionalInput) -> dict[str, str]:
    named = inp.terms[inp.terms["label"].notna()]
    return dict(zip(named["term_id"], named["label"], strict=True))


def _quality(network: Network, communities: _Communities, n_genes: int) -> dict[str, float]:
    from cluster_assets.core.graph import modularity

    return {
        "modularity": modularity(network.adjacency, communities.labels),
        "confidence": float(communities.confidence.mean()),
        "n_genes": n_genes,
        "n_interactions": network.n_edges,
        "n_isolates": len(network.isolates),
        "n_small_clusters": communities.n_small,
        "n_in_small_clusters": len(communities.small),
    }


def _findings(
    network: Network, quality: Mapping[str, float], params: FunctionalParams
) -> list[str]:
    """Return what was set aside, in words: nothing is dropped in silence."""
    notes = []
    if network.isolates:
        notes.append(f"{len(network.isolates)} genes have no interaction and are in no cluster")
    if quality["n_small_clusters"]:
        notes.append(
            f"{quality['n_in_small_clusters']:.0f} genes are in {quality['n_small_clusters']:.0f} "
            f"clusters of fewer than {params.min_size} genes, which are not reported"
        )
    if network.n_outside:
        notes.append(
            f"{network.n_outside} interactions with a gene outside the input are set aside"
        )
    if network.n_loops:
        notes.append(f"{network.n_loops} interactions of a gene with itself are set aside")
    return notes
