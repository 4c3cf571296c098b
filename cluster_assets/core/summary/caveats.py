"""Caveats of a summary: their codes, and the words that readers see for them.

A writer only names codes; code supplies the words, so no caveat can be dropped or weakened.
"""

from __future__ import annotations

from collections.abc import Mapping

from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.summary.schema import FunctionalCaveat, PhenotypeCaveat

SMALL_CLUSTER = 10  # members; below, a single gene shifts every percentage by more than 10 points
WEAK_FDR = 1e-3
COVERED = 0.5

Caveat = FunctionalCaveat | PhenotypeCaveat
CAVEATS: Mapping[Caveat, str] = {
    "statistical_association_only": "Rests on statistical enrichment; it does not show cause.",
    "annotation_bias": "Well-studied genes carry more annotations, which favours some terms.",
    "annotation_depth_varies": "How thoroughly a disease was described differs between diseases.",
    "absence_not_excluded": "“Less often” means less often recorded; a feature may be unreported.",
    "small_cluster": "The cluster is small; a single member weighs much.",
    "weak_enrichment": "The enrichment is weak.",
    "heterogeneous_cluster": "The cluster is mixed; no signal holds for most of its members.",
    "redundant_terms": "Several of the terms describe nearly the same genes.",
    "unannotated_members": "Many members have none of the enriched terms.",
    "defined_by_depletion": "The cluster stands out by what is rarely recorded in it.",
    "not_for_clinical_use": "Not for clinical use.",
}


def required_caveats(packet: EvidencePacket) -> tuple[Caveat, ...]:
    """Return the codes that the evidence of a cluster requires (D13), most general first."""
    if packet.cluster_type == "functional":
        return functional_caveats(packet)
    return phenotype_caveats(packet)


def functional_caveats(packet: EvidencePacket) -> tuple[FunctionalCaveat, ...]:
    """Return the required codes of a cluster of genes."""
    terms = [row for row in packet.rows if row.kind == "term"]
    best = min((row.fdr for row in terms if row.fdr is not None), default=1.0)
    covered = {gene for row in terms for gene in row.genes}
    codes: dict[FunctionalCaveat, bool] = {
        "statistical_association_only": True,
        "weak_enrichment": best > WEAK_FDR,
        "unannotated_members": len(covered) < COVERED * packet.n_members,
        "small_cluster": packet.n_members < SMALL_CLUSTER,
        "not_for_clinical_use": True,
    }
    return tuple(code for code, applies in codes.items() if applies)


def phenotype_caveats(packet: EvidencePacket) -> tuple[PhenotypeCaveat, ...]:
    """Return the required codes of a cluster of disease entities."""
    terms = [row for row in packet.rows if row.kind == "term"]
    codes: dict[PhenotypeCaveat, bool] = {
        "statistical_association_only": True,
        "absence_not_excluded": True,
        "defined_by_depletion": bool(terms) and all(row.direction == "under" for row in terms),
        "small_cluster": packet.n_members < SMALL_CLUSTER,
        "not_for_clinical_use": True,
    }
    return tuple(code for code, applies in codes.items() if applies)
