"""The answer to `progress.graphql` as values: a clustering run, its batches, the ones to come.

A few seconds pass between the end of a clustering and the start of its batch, until the sensor sees
it. The clustering says how many clusters are new, and the sensor tags the run if it decides that
there will be no batch; in between a batch is awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_assets import names
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType
from cluster_assets.errors import ClusterAssetsError

Answer = Mapping[str, Any]  # decoded JSON; the query it answers defines its shape
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class ClientError(ClusterAssetsError):
    """The webserver is unreachable or rejects a request.

    `code` is `CA-601`, `CA-602` or the type name of the GraphQL error.
    """


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One batch run at the time of the request.

    Attributes:
        label: "Generating 15/47 clusters".
        current: name of the cluster that was started last.
    """

    run_id: str
    type: ClusterType
    status: str
    label: str
    current: str
    done: int
    total: int
    succeeded: int
    failed: int
    rejected: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ClusteringProgress:
    """A clustering run and its batches.

    Attributes:
        n_new: clusters to write, by type, after the clustering; 0 if all are cached.
        awaited: types whose batch is about to start, or waits for a running one of its type.
        stalled: why an awaited batch cannot start until somebody acts, otherwise None. A host that
            polls until `ended` shows it and may stop.
        without_batch: why new clusters get no batch, by type: another batch has written them, or a
            newer clustering has taken over.
    """

    run_id: str
    status: str
    batches: tuple[BatchProgress, ...]
    n_new: Mapping[ClusterType, int] = field(default_factory=dict)
    awaited: tuple[ClusterType, ...] = ()
    stalled: str | None = None
    without_batch: Mapping[ClusterType, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing is running or about to start."""
        statuses = [self.status, *(batch.status for batch in self.batches)]
        return not self.awaited and _ENDED.issuperset(statuses)


def read_progress(run_id: str, answer: Answer) -> ClusteringProgress:
    """Return the progress in an answer to `progress.graphql`.

    Raises:
        ClientError: there is no such run, or the webserver rejects the request.
    """
    run = expect(answer["runOrError"], "Run")
    found = expect(answer["runsOrError"], "Runs")["results"]
    batches = tuple(_batch(item) for item in found)
    n_new = _n_new(run["assetMaterializations"])
    tags = _tags(run)
    without_batch: dict[ClusterType, str] = {
        kind: tags[names.NO_BATCH_TAG + kind]
        for kind in CLUSTER_TYPES
        if names.NO_BATCH_TAG + kind in tags
    }
    started = {batch.type for batch in batches}
    awaited: tuple[ClusterType, ...] = tuple(
        kind for kind in n_new if n_new[kind] and kind not in {*started, *without_batch}
    )
    return ClusteringProgress(
        run_id=run_id,
        status=run["status"],
        batches=batches,
        n_new=n_new,
        awaited=awaited,
        stalled=_stalled(answer) if awaited and run["status"] in _ENDED else None,
        without_batch=without_batch,
    )


def expect(answer: Answer, kind: str) -> Answer:
    """Return the answer if it is of that GraphQL type, otherwise raise its error."""
    if answer["__typename"] == kind:
        return answer
    said = answer.get("message") or "; ".join(e["message"] for e in answer.get("errors", []))
    raise ClientError(answer["__typename"], said or "the webserver rejected the request")


def _n_new(materializations: Sequence[Answer]) -> dict[ClusterType, int]:
    found: dict[ClusterType, int] = {}
    for item in materializations:
        entries = {entry["label"]: entry.get("intValue") for entry in item["metadataEntries"]}
        for kind in CLUSTER_TYPES:
            if item["assetKey"]["path"] == [names.CLUSTERING_ASSETS[kind]]:
                found[kind] = entries.get("n_new") or 0
    return found


def _stalled(answer: Answer) -> str | None:
    """Return why the sensor cannot start a batch, None if it can."""
    sensor = names.NEW_CLUSTERS_SENSOR
    state = expect(answer["sensorOrError"], "Sensor")["sensorState"]
    if state["status"] != "RUNNING":
        return f"the sensor `{sensor}` is stopped: start it in the UI, under Automation"
    if not answer["instance"]["daemonHealth"]["daemonStatus"]["healthy"]:
        return "the Dagster daemon is not running: start it with `make dev` or `dagster-daemon run`"
    for tick in state["ticks"]:
        if tick["status"] == "FAILURE" and tick["error"]:
            return f"the sensor `{sensor}` fails and retries: {tick['error']['message'].strip()}"
    return None


def _tags(run: Answer) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["tags"]}


def _batch(run: Answer) -> BatchProgress:
    tags = _tags(run)

    def count(tag: str) -> int:
        return int(tags.get(tag) or 0)

    return BatchProgress(
        run_id=run["runId"],
        type=tags[names.TYPE_TAG],  # pyright: ignore[reportArgumentType]
        status=run["status"],
        label=tags.get(names.PROGRESS_TAG, ""),
        current=tags.get(names.CURRENT_TAG, ""),
        done=count(names.DONE_TAG),
        total=count(names.TOTAL_TAG),
        succeeded=count(names.SUCCEEDED_TAG),
        failed=count(names.FAILED_TAG),
        rejected=count(names.REJECTED_TAG),
        skipped=count(names.SKIPPED_TAG),
    )
