"""What must be said beside every summary: caveats as codes, and the words a reader sees for them.

A writer can only name codes; the words are ours, so a caveat can be neither dropped nor weakened.
"""

from __future__ import annotations

from collections.abc import Mapping

from cluster_assets.core.models import EvidencePacket

SMALL_CLUSTER = 10  # members; below it a single gene moves every percentage by 10 points or more
WEAK_FDR = 1e-3
COVERED = 0.5

CAVEATS: Mapping[str, str] = {
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


def required_caveats(packet: EvidencePacket) -> tuple[str, ...]:
    """Return the codes that the evidence of a cluster calls for (D13), most general first."""
    terms = [row for row in packet.rows if row.kind == "term"]
    codes = ["statistical_association_only"]
    if packet.cluster_type == "functional":
        best = min((row.fdr for row in terms if row.fdr is not None), default=1.0)
        covered = {gene for row in terms for gene in row.genes}
        if best > WEAK_FDR:
            codes.append("weak_enrichment")
        if len(covered) < COVERED * packet.n_members:
            codes.append("unannotated_members")
    else:
        codes.append("absence_not_excluded")
        if terms and all(row.direction == "under" for row in terms):
            codes.append("defined_by_depletion")
    if packet.n_members < SMALL_CLUSTER:
        codes.append("small_cluster")
    return (*codes, "not_for_clinical_use")
