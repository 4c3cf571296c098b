"""Functional clustering: genes by their interactions, clusters described by their annotations.

This module only puts the steps in order. Each step has a module of its own, which is imported when
a clustering is made, because definitions that load this module must stay light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from cluster_assets.core.clustering.params import FunctionalParams
from cluster_assets.core.models import Clustering, FunctionalInput, Member, Predecessor

if TYPE_CHECKING:
    from cluster_assets.core.clustering.assembly import Draft
    from cluster_assets.core.clustering.genes.communities import Communities
    from cluster_assets.core.clustering.genes.graph import GeneNetwork

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
        InputError: `CA-230` to `CA-233` or `CA-235` if the input is invalid.
        ClusteringError: `CA-301` if no interaction joins two of the genes.
    """
    return cluster_genes_with_network(inp, params, predecessor)[0]


def cluster_genes_with_network(
    inp: FunctionalInput,
    params: FunctionalParams = DEFAULTS,
    predecessor: Predecessor | None = None,
) -> tuple[Clustering, GeneNetwork]:
    """Cluster genes as `cluster_genes` does; also return the network, for plots."""
    from cluster_assets.core.clustering.assembly import Frame, assemble
    from cluster_assets.core.clustering.fingerprints import functional_fingerprint
    from cluster_assets.core.clustering.frames import check_functional
    from cluster_assets.core.clustering.genes.communities import find_communities
    from cluster_assets.core.clustering.genes.graph import build_network

    check_functional(inp)
    members, network = _members(inp), build_network(inp.genes["gene_id"], inp.interactions)
    communities = find_communities(network, params, predecessor)
    stability, quality = _measure(network, communities, params)
    small = network.nodes[communities.labels >= communities.n_reported]
    frame = Frame(
        type="functional",
        namespace=inp.namespace,
        fingerprint=functional_fingerprint(inp, params),
        params={**asdict(params), "method": "consensus Leiden", "network": inp.interaction_label},
        quality={**quality, "n_genes": len(members), "n_in_small_clusters": len(small)},
        releases=inp.releases,
        notes=(*inp.notes, *_findings(network, communities, len(small), params)),
        unclustered=tuple(members[gene] for gene in (*network.isolates, *small)),
        predecessor=predecessor,
        is_warm=communities.is_warm,
    )
    return assemble(frame, _drafts(inp, params, network, communities, stability)), network


def _members(inp: FunctionalInput) -> dict[str, Member]:
    """Return the members by id; the label of a gene without a symbol is its id."""
    symbols = inp.genes["symbol"].where(inp.genes["symbol"].notna(), inp.genes["gene_id"])
    return {
        gene: Member(gene, symbol)
        for gene, symbol in zip(inp.genes["gene_id"], symbols.astype(str), strict=True)
    }


def _drafts(
    inp: FunctionalInput,
    params: FunctionalParams,
    network: GeneNetwork,
    communities: Communities,
    stability: Sequence[float],
) -> list[Draft]:
    from cluster_assets.core.clustering.assembly import Draft, name_parts
    from cluster_assets.core.clustering.enrichment import EnrichmentParams, annotate, enrich
    from cluster_assets.core.clustering.genes.communities import split_community

    members = _members(inp)
    limits = EnrichmentParams(
        params.min_term_size, params.max_term_size, params.max_fdr, params.max_rows
    )
    symbols = {gene: member.label for gene, member in members.items()}
    annotated = annotate(symbols, inp.annotations, _labels(inp), limits)
    drafts: list[Draft] = []
    for label, group in enumerate(communities.groups(network)):
        found = enrich(group, annotated, limits)
        sure = communities.confidence[communities.labels == label]
        parts = split_community(network, group, params) if params.subclusters else []
        themes = [enrich(part, annotated, limits).themes for part in parts]
        drafts.append(
            Draft(
                members=tuple(members[gene] for gene in group),
                rows=found.rows,
                themes=found.themes,
                stats={"stability": stability[label], "confidence": float(sure.mean())},
                member_confidence=dict(zip(group, sure.tolist(), strict=True)),
                subclusters=name_parts(parts, themes, members),
            )
        )
    return drafts


def _labels(inp: FunctionalInput) -> dict[str, str]:
    named = inp.terms[inp.terms["label"].notna()]
    return dict(zip(named["term_id"], named["label"], strict=True))


def _measure(
    network: GeneNetwork, communities: Communities, params: FunctionalParams
) -> tuple[list[float], dict[str, float]]:
    """Return the stability of each reported cluster, and the quality figures."""
    from cluster_assets.core.clustering import quality
    from cluster_assets.core.clustering.genes.graph import modularity

    reached = modularity(network.adjacency, communities.labels, params.resolution)
    null = quality.null_modularity(network, params.n_null, params.seed, params.resolution)
    stability = quality.community_stability(
        network,
        communities.labels,
        n_draws=params.n_draws,
        share=params.share,
        seed=params.seed,
        resolution=params.resolution,
    )[: communities.n_reported].tolist()
    figures: dict[str, float] = {
        "modularity": reached,
        "modularity_null": float(null.mean()),
        "ensemble_agreement": quality.ensemble_agreement(
            network, communities.runs, seed=params.seed, resolution=params.resolution
        ),
        "confidence": float(communities.confidence.mean()),
        "n_interactions": network.n_edges,
        "n_isolates": len(network.isolates),
        "n_small_clusters": int(communities.labels.max()) + 1 - communities.n_reported,
    }
    if null.std() > 0:
        figures["modularity_z"] = float((reached - null.mean()) / null.std(ddof=1))
    if stability:
        figures |= {"stability": sum(stability) / len(stability), "min_stability": min(stability)}
    if communities.loss is not None:
        figures["continuity_loss"] = communities.loss
    return stability, figures


def _findings(
    network: GeneNetwork, communities: Communities, n_small: int, params: FunctionalParams
) -> list[str]:
    """Return notes on everything that was left out: nothing is dropped silently."""
    notes: list[str] = []
    if network.isolates:
        notes.append(f"{len(network.isolates)} genes have no interaction and are in no cluster")
    if n_small:
        notes.append(
            f"{n_small} genes are in clusters of fewer than {params.min_size} genes, which are not "
            "reported"
        )
    if network.n_outside:
        notes.append(f"{network.n_outside} interactions with a gene outside the input are ignored")
    if network.n_loops:
        notes.append(f"{network.n_loops} interactions of a gene with itself are ignored")
    if communities.loss is not None and not communities.is_warm:
        notes.append(
            "started afresh: keeping the published clusters would give up "
            f"{communities.loss:.1%} of the modularity"
        )
    return notes
