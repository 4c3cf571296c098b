"""One batch from its cluster hashes to its totals: models, tasks, cleanup after an abort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, get_args

from cluster_assets.batch.asking import Seat, Seats, Spent
from cluster_assets.batch.interrupts import held_interrupts
from cluster_assets.batch.progress import Progress, ProgressSink, Totals
from cluster_assets.batch.scheduling import BatchRun, Outcome
from cluster_assets.batch.summary_drafts import leave_pending, stand_in, template_draft
from cluster_assets.batch.writing import LEASE_S, ClusterWriter
from cluster_assets.errors import Abort, SettingsError, TextError
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.clients import close_clients
from cluster_assets.llm.model import OFFLINE_MODEL, Endpoint, Role
from cluster_assets.llm.preflight import require_key
from cluster_assets.llm.retry import RetryPolicy

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.store.records import StoredCluster


def run_batch(
    installation: Installation,
    cluster_hashes: Sequence[str],
    *,
    clustering_id: str | None,
    batch_id: str,
    sink: ProgressSink,
    on_start: Callable[[Iterable[StoredCluster]], None],
    on_outcome: Callable[[Outcome], None],
) -> Progress:
    """Run a batch to its end.

    Args:
        installation: settings, store, source and checks.
        cluster_hashes: the clusters to process.
        clustering_id: the clustering whose evidence is used. None, for partitions that a person
            launched in the UI: the newest clustering that contains the cluster.
        batch_id: owner of claims and attempts, the Dagster run id.
        sink: shows progress.
        on_start: called with all clusters before the first is written.
        on_outcome: called with each cluster as soon as it is done.

    Raises:
        Abort: no request can succeed; template summaries stand in and the clusters stay due.
        SettingsError: the models do not go together.
        StoreError: the database cannot be used.
        TextError: `CA-701`, at the end: some clusters have no text at all; the others are done.
    """
    with held_interrupts() as interrupts:
        clusters = installation.store.clusters_by_hash(cluster_hashes, clustering_id)
        on_start(clusters)
        progress = Progress(
            cluster_type=clusters[0].packet.cluster_type if clusters else "functional",
            total=len(clusters),
            totals=Totals(skipped=_n_cached(installation, clusters)),
        )
        policy = RetryPolicy(max_retries=installation.settings.max_retries)
        try:
            return interrupts.run(
                _run(installation, clusters, policy, progress, batch_id, sink, on_outcome)
            )
        except Abort:
            _stand_in_for_all(installation, clusters)
            raise
        finally:
            installation.store.release_claims(owner=batch_id)


async def _run(
    installation: Installation,
    clusters: Sequence[StoredCluster],
    policy: RetryPolicy,
    progress: Progress,
    batch_id: str,
    sink: ProgressSink,
    on_outcome: Callable[[Outcome], None],
) -> Progress:
    writer = ClusterWriter(
        installation,
        make_seats(installation, batch_id),
        batch_id=batch_id,
        policy=policy,
        narratives=_narratives(installation, clusters),
        on_usage=lambda usage: batch.count(usage),  # noqa: PLW0108 - the batch is created below
    )
    batch = BatchRun(
        clusters,
        writer.write,
        progress=progress,
        sink=sink,
        on_outcome=on_outcome,
        heartbeat=lambda: installation.store.renew_claims(
            owner=batch_id, now=installation.now(), lease_s=LEASE_S
        ),
        requests_per_s=installation.settings.requests_per_minute / 60,
    )
    try:
        final = await batch.run()
    finally:
        await close_clients()
    if writer.faults:
        first, n_faults = writer.faults[0], len(writer.faults)
        told = "" if n_faults == 1 else f"{n_faults} clusters have no text; the first: "
        raise TextError(first.code, told + first.message, **first.context)
    return final


def make_seats(installation: Installation, batch_id: str) -> Seats:
    """Return the models of a batch; a missing key is detected here, before any request.

    Raises:
        Abort: `CA-402`, a key is missing.
        SettingsError: `CA-103` when a model's texts would go unjudged; `CA-110` for a model named
            without its provider.
    """
    settings = installation.settings
    if settings.model == OFFLINE_MODEL:
        return Seats(_seat(installation, Endpoint(OFFLINE_MODEL, None), batch_id), None, None)
    if settings.effective_judge_model == OFFLINE_MODEL:
        raise SettingsError(
            "CA-103",
            "`CLUSTER_ASSETS_JUDGE_MODEL` is the offline writer, which cannot judge what"
            f" `{settings.model}` writes: name a language model, or unset it to use the same one",
        )
    seats: dict[Endpoint, Seat] = {}
    by_role: dict[Role, Seat] = {}
    for role in get_args(Role):
        endpoint = installation.endpoint(role)
        if endpoint is None:
            continue
        if endpoint not in seats:
            require_key(endpoint.model, endpoint.api_base, role)
            seats[endpoint] = _seat(installation, endpoint, batch_id)
        by_role[role] = seats[endpoint]
    return Seats(by_role["writer"], by_role["judge"], by_role.get("fallback"))


def _seat(installation: Installation, endpoint: Endpoint, batch_id: str) -> Seat:
    model, api_base = endpoint.model, endpoint.api_base
    return Seat(
        installation.client(model, api_base),
        installation.limiter(model, api_base, batch_id),
        Breaker(),
    )


def _n_cached(installation: Installation, clusters: Sequence[StoredCluster]) -> int:
    """Return the number of clusters of the same clusterings outside the batch, which are cached."""
    in_batch = {cluster.cluster_hash for cluster in clusters}
    clusterings = {cluster.clustering_id for cluster in clusters}
    return sum(
        other.cluster_hash not in in_batch
        for clustering_id in clusterings
        for other in installation.store.clusters(clustering_id)
    )


def _narratives(installation: Installation, clusters: Sequence[StoredCluster]) -> dict[str, str]:
    """Return the texts that the clusterings of a batch already have, for the check on siblings."""
    hashes = {
        other.cluster_hash
        for clustering_id in {cluster.clustering_id for cluster in clusters}
        for other in installation.store.clusters(clustering_id)
    }
    stored = installation.store.summaries(hashes)
    return {key: summary.narrative for key, summary in stored.items()}


def _stand_in_for_all(installation: Installation, clusters: Sequence[StoredCluster]) -> None:
    """Store template summaries for the clusters that an aborted batch did not reach."""
    stored = installation.store.summaries(cluster.cluster_hash for cluster in clusters)
    for cluster in clusters:
        old = stored.get(cluster.cluster_hash)
        if old is not None and old.stand_in is None:
            continue
        try:
            draft = template_draft(installation, cluster, "outage", ())
        except TextError as fault:
            leave_pending(installation, fault)
            continue
        stand_in(installation, cluster, old, draft, Spent())
