"""The metadata of each materialization; the names are part of the interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets.core.members import members_to_list, subclusters_to_list

if TYPE_CHECKING:
    from cluster_assets.batch.clustering_run import ClusteringOutcome
    from cluster_assets.batch.progress import Problem
    from cluster_assets.batch.results import PublishedClustering
    from cluster_assets.store.records import StoredCluster, StoredSummary

Metadata = dict[str, dg.MetadataValue]
_ROWS_SHOWN = 100  # in the UI; the published table, which host applications read, is complete


def clustering_metadata(outcome: ClusteringOutcome) -> Metadata:
    """Return the figures and the table of clusters of a clustering."""
    stored = outcome.clustering
    due = set(outcome.due)
    records = [
        dg.TableRecord(
            {
                "name": cluster.name,
                "size": cluster.packet.n_members,
                "state": "new" if cluster.cluster_hash in due else "cached",
                "lineage": cluster.lineage.change,
                "stability": _rounded(cluster.stats.get("stability")),
                "cluster_hash": cluster.cluster_hash,
            }
        )
        for cluster in outcome.clusters[:_ROWS_SHOWN]
    ]
    metadata: Metadata = {
        "clustering_id": dg.MetadataValue.text(stored.clustering_id),
        "fingerprint": dg.MetadataValue.text(stored.fingerprint),
        "n_members": dg.MetadataValue.int(stored.n_members),
        "n_clusters": dg.MetadataValue.int(stored.n_clusters),
        "n_new": dg.MetadataValue.int(len(outcome.due)),
        "n_unchanged": dg.MetadataValue.int(outcome.n_cached),
        "n_unclustered": dg.MetadataValue.int(len(stored.unclustered)),
        "memoised": dg.MetadataValue.bool(outcome.memoised),
        "started_from": dg.MetadataValue.text(stored.started_from or "fresh"),
        "data_releases": dg.MetadataValue.json(dict(stored.releases)),
        "notes": dg.MetadataValue.md("\n".join(f"- {note}" for note in stored.notes) or "none"),
    }
    for name, value in sorted(stored.quality.items()):
        metadata[f"quality/{name}"] = dg.MetadataValue.float(float(value))
    if outcome.plots:
        plots = sorted(outcome.plots.items())
        images = (f"![{name}](data:image/png;base64,{png})" for name, png in plots)
        metadata["plot"] = dg.MetadataValue.md("\n\n".join(images))
    if records:
        metadata["clusters"] = dg.MetadataValue.table(records)
    return metadata


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def cluster_metadata(cluster: StoredCluster, packet_sha256: str) -> Metadata:
    """Return the metadata of a partition of `clusters`: name, members, evidence, figures."""
    members = members_to_list(cluster.packet.members, cluster.member_confidence)
    figures: Metadata = {
        name: dg.MetadataValue.float(float(v)) for name, v in cluster.stats.items()
    }
    return figures | {
        "members": dg.MetadataValue.json(members),
        "subclusters": dg.MetadataValue.json(subclusters_to_list(cluster.subclusters)),
        "name": dg.MetadataValue.text(cluster.name),
        "type": dg.MetadataValue.text(cluster.packet.cluster_type),
        "clustering_id": dg.MetadataValue.text(cluster.clustering_id),
        "n_members": dg.MetadataValue.int(cluster.packet.n_members),
        "n_evidence_rows": dg.MetadataValue.int(len(cluster.packet.rows)),
        "lineage": dg.MetadataValue.text(cluster.lineage.change),
        "packet_sha256": dg.MetadataValue.text(packet_sha256),
    }


def summary_metadata(summary: StoredSummary, markdown: str) -> Metadata:
    """Return the metadata of a partition of `cluster_summaries`: model, prompt, cost, text."""
    record = summary.record
    metadata: Metadata = {
        "model": dg.MetadataValue.text(summary.model),
        "prompt_version": dg.MetadataValue.text(summary.prompt_version),
        "generated_at": dg.MetadataValue.timestamp(summary.generated_at),
        "source": dg.MetadataValue.text(summary.source),
        "packet_sha256": dg.MetadataValue.text(summary.packet_sha256),
        "summary": dg.MetadataValue.md(markdown),
    }
    metadata["attempts"] = dg.MetadataValue.int(record.attempts)
    metadata["tokens_in"] = dg.MetadataValue.int(record.tokens_in)
    metadata["tokens_out"] = dg.MetadataValue.int(record.tokens_out)
    for name, value in (("cost_usd", record.cost_usd), ("latency_s", record.latency_s)):
        metadata[name] = dg.MetadataValue.null() if value is None else dg.MetadataValue.float(value)
    return metadata


def validated_metadata(summary: StoredSummary, markdown: str) -> Metadata:
    """Return the metadata of a partition of `validated_summaries`: the above, verdict and JSON."""
    record = summary.record
    return summary_metadata(summary, markdown) | {
        "verdict": dg.MetadataValue.text(summary.verdict),
        "reasons": dg.MetadataValue.json(list(summary.reasons)),
        "confidence": dg.MetadataValue.text(summary.confidence),
        "judge_model": dg.MetadataValue.text(summary.judge_model or "none"),
        "judge_prompt_version": dg.MetadataValue.text(summary.judge_prompt_version or "none"),
        "claims_kept": dg.MetadataValue.int(record.claims_kept),
        "claims_removed": dg.MetadataValue.int(record.claims_removed),
        "validated_at": dg.MetadataValue.timestamp(summary.validated_at),
        "summary_json": dg.MetadataValue.json(dict(summary.summary_json)),
    }


def problem_line(problem: Problem) -> str:
    """Return why a cluster got no text from a model, for the log of the run."""
    return f"{problem.kind}: {problem.name} ({problem.cluster_hash[:12]}): {problem.error}"


def failed_metadata(problems: Sequence[Problem]) -> Metadata:
    """Return the failed clusters with their reasons, for the failure that ends their batch."""
    records = [
        dg.TableRecord({"name": p.name, "error": p.error, "cluster_hash": p.cluster_hash})
        for p in problems
        if p.kind == "failed"
    ]
    return {"failed": dg.MetadataValue.table(records)}


def published_metadata(published: Sequence[PublishedClustering]) -> Metadata:
    """Return what readers see now: per type the counts by verdict, and a table of all clusters."""
    metadata: Metadata = {}
    records = []
    for clustering in published:
        verdicts = [cluster.verdict for cluster in clustering.clusters]
        kind = clustering.type
        metadata[f"{kind}/clustering_id"] = dg.MetadataValue.text(clustering.clustering_id)
        metadata[f"{kind}/n_clusters"] = dg.MetadataValue.int(len(verdicts))
        for verdict in ("accept", "low_confidence", "pending"):
            count = sum(1 for item in verdicts if item == verdict)
            metadata[f"{kind}/n_{verdict}"] = dg.MetadataValue.int(count)
        records += [
            dg.TableRecord(
                {
                    "type": kind,
                    "name": cluster.name,
                    "title": cluster.title or "",
                    "verdict": cluster.verdict,
                    "confidence": cluster.confidence or "",
                    "source": cluster.source or "",
                    "reasons": "|".join(cluster.reasons),
                    "cluster_hash": cluster.cluster_hash,
                }
            )
            for cluster in clustering.clusters
        ]
    if records:
        metadata["clusters"] = dg.MetadataValue.table(records)
    return metadata
