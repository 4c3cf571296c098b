"""The sensor: starts one batch run for a finished clustering with new clusters.

`decide` is pure: it maps the state of instance and store to what to do. A failed read raises, so it
is never mistaken for "nothing new". While a batch of a type runs, the next one of that type waits,
because clusters not yet written would be due twice.

The daemon evaluates the sensor every 5 s at best, whatever the interval, while somebody who clicked
is waiting. So a tick that finds nothing checks again for a few seconds. Each check also ends dead
runs (see `liveness`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets import names
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType
from cluster_assets.orchestration.failures import dagster_failures
from cluster_assets.orchestration.jobs import summary_batch_job
from cluster_assets.orchestration.liveness import busy_types
from cluster_assets.orchestration.partitions import append_keys
from cluster_assets.orchestration.planning import BatchPlan, plan_batch
from cluster_assets.orchestration.resources import InstallationResource

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation

INTERVAL_S = 1
STAY_S = 4.0
LOOK_AGAIN_S = 0.25
MOST_REPLACED = 100


@dataclass(frozen=True, slots=True)
class ClusteringEvent:
    """The newest materialization of a clustering asset.

    Attributes:
        storage_id: its position in the event log.
        clustering_id: id of the clustering.
        run_id: the run that materialized it.
        batch_by: who runs the batch instead of the sensor, None for the sensor.
    """

    storage_id: int
    clustering_id: str
    run_id: str
    batch_by: str | None


Events = dict[ClusterType, ClusteringEvent]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Storage id of the last processed event per type; None at the first tick."""

    seen: Mapping[str, int] | None = None

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Parse the result of `text`; other text means the first tick, which is harmless."""
        try:
            value = json.loads(text or "null")
        except json.JSONDecodeError:
            return cls()
        return cls({key: int(value[key]) for key in value}) if isinstance(value, dict) else cls()

    def text(self) -> str:
        """Return the cursor as text."""
        return json.dumps(dict(self.seen or {}), sort_keys=True)


def decide(
    cursor: Cursor,
    events: Mapping[ClusterType, ClusteringEvent],
    running: frozenset[ClusterType],
) -> tuple[dict[ClusterType, ClusteringEvent], Cursor, list[str]]:
    """Return the events that need a batch, the next cursor, and why the others get none."""
    seen = dict(cursor.seen or {})
    to_plan: dict[ClusterType, ClusteringEvent] = {}
    reasons = []
    for cluster_type, event in events.items():
        if event.storage_id <= seen.get(cluster_type, -1):
            continue
        if event.batch_by is None and cluster_type in running:
            reasons.append(f"a {cluster_type} batch is running; the next one waits")
            continue
        seen[cluster_type] = event.storage_id
        if event.batch_by is None:
            to_plan[cluster_type] = event
        else:
            reasons.append(f"the {event.batch_by} runs the {cluster_type} batch itself")
    return to_plan, Cursor(seen), reasons


@dg.sensor(
    name=names.NEW_CLUSTERS_SENSOR,
    job=summary_batch_job,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts one batch run for the new clusters of each finished clustering.",
)
def new_clusters_sensor(
    context: dg.SensorEvaluationContext, installation: InstallationResource
) -> dg.SensorResult:
    """Find finished clusterings and request a batch for their due clusters."""
    opened = cache(installation.open)
    try:
        with dagster_failures():
            return _tick(context.instance, opened, Cursor.read(context.cursor))
    finally:
        if opened.cache_info().currsize:
            opened().store.engine.dispose()  # a tick comes every few seconds, for months


def _tick(
    instance: dg.DagsterInstance, opened: Callable[[], Installation], cursor: Cursor
) -> dg.SensorResult:
    until = time.monotonic() + STAY_S
    while True:
        events, to_plan, after, reasons = _look(instance, opened, cursor)
        if after != cursor or time.monotonic() >= until:
            break
        time.sleep(LOOK_AGAIN_S)
    _note_replaced(instance, cursor, after, events)
    plans: list[BatchPlan] = []
    if to_plan or cursor.seen is None:
        plans, cached = _plan(instance, opened(), to_plan)
        reasons += cached
    if plans:
        from cluster_assets.orchestration.home import home_lock

        with home_lock():
            for plan in plans:
                append_keys(instance, plan)
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=plan.run_key, tags=plan.tags) for plan in plans],
            cursor=after.text(),
        )
    reason = "; ".join(reasons) or "no new clustering"
    return dg.SensorResult(skip_reason=dg.SkipReason(reason), cursor=after.text())


def _look(
    instance: dg.DagsterInstance, opened: Callable[[], Installation], cursor: Cursor
) -> tuple[Events, Events, Cursor, list[str]]:
    """Decide, and take the leases of the types to plan; the command line may hold one.

    The batch run then keeps the lease under the same holder, the id of the clustering run.
    """
    events = read_events(instance)
    busy = busy_types(instance, lambda: opened().store)
    to_plan, after, reasons = decide(cursor, events, busy)
    refused: frozenset[ClusterType] = frozenset(
        kind
        for kind, event in to_plan.items()
        if not opened().store.take_lease(kind, holder=event.run_id)
    )
    if refused:
        to_plan, after, reasons = decide(cursor, events, busy | refused)
    return events, to_plan, after, reasons


def _plan(
    instance: dg.DagsterInstance,
    opened: Installation,
    events: Mapping[ClusterType, ClusteringEvent],
) -> tuple[list[BatchPlan], list[str]]:
    from cluster_assets.batch.due import split_due
    from cluster_assets.orchestration.healing import heal

    plans, reasons = [], []
    for cluster_type, event in events.items():
        split = split_due(opened, event.clustering_id)
        plan = plan_batch(
            cluster_type,
            event.clustering_id,
            event.run_id,
            due=[cluster.cluster_hash for cluster in split.due],
            n_cached=len(split.clusters) - len(split.due),
        )
        if plan is None:
            opened.store.drop_lease(cluster_type, holder=event.run_id)
            reasons.append(f"all {len(split.clusters)} {cluster_type} clusters are cached")
            note_no_batch(instance, event.run_id, cluster_type, reasons[-1])
        else:
            plans.append(plan)
    heal(instance, opened)
    return plans, reasons


def note_no_batch(
    instance: dg.DagsterInstance, run_id: str, cluster_type: ClusterType, reason: str
) -> None:
    """Tag a clustering run that gets no batch, for whoever waits for one."""
    if instance.get_run_by_id(run_id) is not None:
        instance.add_run_tags(run_id, {names.NO_BATCH_TAG + cluster_type: reason})


def _note_replaced(
    instance: dg.DagsterInstance,
    before: Cursor,
    after: Cursor,
    events: Mapping[ClusterType, ClusteringEvent],
) -> None:
    """Tag the clusterings that a newer one of their type replaced before they got a batch."""
    for cluster_type, event in events.items():
        since = (before.seen or {}).get(cluster_type, 0)
        if (after.seen or {}).get(cluster_type, 0) <= since:
            continue
        asset_key = dg.AssetKey(names.CLUSTERING_ASSETS[cluster_type])
        newer = dg.AssetRecordsFilter(asset_key, after_storage_id=since)
        for record in instance.fetch_materializations(newer, limit=MOST_REPLACED).records:
            if record.storage_id < event.storage_id:
                reason = f"clustering run {event.run_id} has taken over"
                note_no_batch(instance, record.run_id, cluster_type, reason)


def read_events(instance: dg.DagsterInstance) -> dict[ClusterType, ClusteringEvent]:
    """Return the newest materialization of each clustering asset."""
    events: dict[ClusterType, ClusteringEvent] = {}
    for cluster_type in CLUSTER_TYPES:
        asset_key = dg.AssetKey(names.CLUSTERING_ASSETS[cluster_type])
        records = instance.fetch_materializations(asset_key, limit=1).records
        if not records or records[0].asset_materialization is None:
            continue
        run = instance.get_run_by_id(records[0].run_id)
        metadata = records[0].asset_materialization.metadata
        events[cluster_type] = ClusteringEvent(
            storage_id=records[0].storage_id,
            clustering_id=str(metadata["clustering_id"].value),
            run_id=records[0].run_id,
            batch_by=run.tags.get(names.BATCH_BY_TAG) if run is not None else None,
        )
    return events
