"""What `progress.graphql` answers, as values: a clustering run, its batches, what is to come.

Between the end of a clustering and the start of its batch lie the seconds in which the sensor looks
for it. The clustering says how many clusters are new, the sensor tags the run when it decides that
no batch will come; whatever lies between is awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_assets.core.models import CLUSTER_TYPES, ClusterType
from cluster_assets.errors import ClusterAssetsError

TAGS = "cluster_assets/"
SENSOR = "new_clusters_sensor"
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class ClientError(ClusterAssetsError):
    """The webserver cannot be reached or refuses; `code` is `CA-601` or GraphQL's type name."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One batch run at the moment of asking.

    Attributes:
        label: "Generating 15/47 clusters".
        current: name of the cluster in hand.
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
        n_new: clusters to write, by type, once the clustering is made; 0 when all are cached.
        awaited: types whose batch is about to start; it waits for one of its type that is running.
        stalled: why an awaited batch will not start until somebody acts, None when nothing is in
            its way. A host that polls until `ended` shows it, and may stop.
        without_batch: why no batch comes although clusters were new, by type: another batch has
            written them, or a newer clustering has taken over.
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
        """Whether nothing is running and nothing is about to."""
        statuses = [self.status, *(batch.status for batch in self.batches)]
        return not self.awaited and _ENDED.issuperset(statuses)


def read_progress(run_id: str, answer: Mapping[str, Any]) -> ClusteringProgress:
    """Return what an answer to `progress.graphql` says.

    Raises:
        ClientError: there is no such run, or the webserver refuses.
    """
    run = expect(answer["runOrError"], "Run")
    found = expect(answer["runsOrError"], "Runs")["results"]
    batches = tuple(_batch(item) for item in found)
    n_new = _n_new(run["assetMaterializations"])
    tags = _tags(run)
    without_batch: dict[ClusterType, str] = {
        kind: tags[f"no_batch/{kind}"] for kind in CLUSTER_TYPES if f"no_batch/{kind}" in tags
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


def expect(answer: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return the answer when it is of that kind, else raise what it says."""
    if answer["__typename"] == kind:
        return answer
    said = answer.get("message") or "; ".join(e["message"] for e in answer.get("errors", []))
    raise ClientError(answer["__typename"], said or "the webserver refused")


def _n_new(materializations: Sequence[Mapping[str, Any]]) -> dict[ClusterType, int]:
    found: dict[ClusterType, int] = {}
    for item in materializations:
        entries = {entry["label"]: entry.get("intValue") for entry in item["metadataEntries"]}
        for kind in CLUSTER_TYPES:
            if item["assetKey"]["path"] == [f"{kind}_clustering"]:
                found[kind] = entries.get("n_new") or 0
    return found


def _stalled(answer: Mapping[str, Any]) -> str | None:
    """Return why the sensor will not start a batch, None when it will."""
    state = expect(answer["sensorOrError"], "Sensor")["sensorState"]
    if state["status"] != "RUNNING":
        return f"the sensor `{SENSOR}` is stopped: start it in the UI, under Automation"
    if not answer["instance"]["daemonHealth"]["daemonStatus"]["healthy"]:
        return "the Dagster daemon is not running: start it with `make dev` or `dagster-daemon run`"
    for tick in state["ticks"]:
        if tick["status"] == "FAILURE" and tick["error"]:
            return (
                f"the sensor `{SENSOR}` fails and tries again: {tick['error']['message'].strip()}"
            )
    return None


def _tags(run: Mapping[str, Any]) -> dict[str, str]:
    return {tag["key"].removeprefix(TAGS): tag["value"] for tag in run["tags"]}


def _batch(run: Mapping[str, Any]) -> BatchProgress:
    tags = _tags(run)
    counts = ("done", "total", "succeeded", "failed", "rejected", "skipped")
    return BatchProgress(
        run_id=run["runId"],
        type=tags["type"],  # pyright: ignore[reportArgumentType]
        status=run["status"],
        label=tags.get("progress", ""),
        current=tags.get("current", ""),
        **{name: int(tags.get(name) or 0) for name in counts},
    )
