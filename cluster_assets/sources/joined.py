"""The input of a functional clustering, put together from its three tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cluster_assets.core.models import FunctionalInput
from cluster_assets.sources.annotations import Annotations
from cluster_assets.sources.findings import Finding, notes
from cluster_assets.sources.interactions import Network
from cluster_assets.sources.universe import Universe


def join_functional(
    universe: Universe,
    network: Network,
    annotated: Annotations,
    releases: Mapping[str, str],
    findings: Sequence[Finding],
) -> FunctionalInput:
    """Return genes with their interactions and annotations.

    Args:
        universe: the genes.
        network: interactions among them.
        annotated: gene-term rows.
        releases: of the genes; those of the tables are added.
        findings: what was set aside in all three.
    """
    return FunctionalInput(
        genes=universe.genes,
        interactions=network.edges,
        annotations=annotated.rows,
        terms=annotated.terms,
        interaction_label=network.label,
        namespace=universe.namespace,
        releases={**releases, **network.releases, **annotated.releases},
        notes=notes(findings),
    )
