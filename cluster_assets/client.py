"""The client for host applications: launch, progress, results, one cluster and cancel by GraphQL.

It sends the files under `cluster_assets/graphql/`, which work from any other language as well. It
needs only a running webserver: it reads no database and sends no model request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import httpx
from pydantic import JsonValue

from cluster_assets import names
from cluster_assets.client_progress import (
    Answer,
    BatchProgress,
    ClientError,
    ClusteringProgress,
    expect,
    read_progress,
)
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType, Continuity, TypeChoice

__all__ = [
    "BatchProgress",
    "ClientError",
    "ClusterAssetsClient",
    "ClusterDetail",
    "ClusterMember",
    "ClusterResult",
    "ClusteringProgress",
]
_REPOSITORY = "__repository__"


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """One row of the published clusterings; `verdict` is `pending` while there is no text.

    `reasons` are codes joined by `|`; for a pending cluster they say why it has no text.
    """

    type: ClusterType
    cluster_hash: str
    name: str
    title: str
    verdict: str
    confidence: str
    source: str
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A gene or disease entity of a cluster.

    Attributes:
        id: HGNC id, or key of the entity.
        label: gene symbol, or name of the disease.
        confidence: confidence that it belongs to the cluster, 0 to 1; None if unknown.
    """

    id: str
    label: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """One cluster and its validated summary.

    Attributes:
        members: members, sorted by id.
        subclusters: name to member ids, largest first; empty unless the setting is on.
        markdown: title and text, with the evidence as footnotes.
        summary: the whole summary; see `summary_json` in the README.
        metadata: all other entries of the materialization.
    """

    cluster_hash: str
    verdict: str
    confidence: str
    source: str
    members: tuple[ClusterMember, ...]
    subclusters: Mapping[str, tuple[str, ...]]
    markdown: str
    summary: Mapping[str, JsonValue]
    metadata: Mapping[str, JsonValue]


class ClusterAssetsClient:
    """The client of one webserver.

    Args:
        url: address of the webserver.
        location: name of the code location in its workspace.
        timeout_s: for each request.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:3000",
        *,
        location: str = "cluster_assets",
        timeout_s: float = 30.0,
    ) -> None:
        self._url = url.rstrip("/") + "/graphql"
        self._location = location
        self._timeout_s = timeout_s

    def launch(
        self,
        cluster_type: TypeChoice = "all",
        *,
        continuity: Continuity | None = None,
    ) -> str:
        """Start a clustering and return its run id.

        Raises:
            ClientError: it could not be started.
        """
        wanted = CLUSTER_TYPES if cluster_type == "all" else (cluster_type,)
        config = {"config": {"continuity": continuity}}
        ops = {names.CLUSTERING_ASSETS[kind]: config for kind in wanted}
        params = {
            "selector": {
                "repositoryLocationName": self._location,
                "repositoryName": _REPOSITORY,
                "jobName": names.CLUSTERING_JOBS[cluster_type],
            },
            "runConfigData": {"ops": ops} if continuity else {},
        }
        answer = self._send("launch", {"params": params})["launchRun"]
        return str(expect(answer, "LaunchRunSuccess")["run"]["runId"])

    def progress(self, run_id: str) -> ClusteringProgress:
        """Return the progress of a clustering and of its batches."""
        variables = {
            "runId": run_id,
            "batches": {"tags": [{"key": names.CLUSTERING_RUN_ID_TAG, "value": run_id}]},
            "sensor": {
                "repositoryLocationName": self._location,
                "repositoryName": _REPOSITORY,
                "sensorName": names.NEW_CLUSTERS_SENSOR,
            },
        }
        return read_progress(run_id, self._send("progress", variables))

    def results(self, cluster_type: ClusterType | None = None) -> list[ClusterResult]:
        """Return the published clusters; empty before the first clustering."""
        answer = self._send("results", {})["assetOrError"]
        if answer["__typename"] == "AssetNotFoundError":
            return []
        entries = _entries(expect(answer, "Asset")["assetMaterializations"])
        records = [ClusterResult(**json.loads(row)) for row in entries.get("clusters") or []]
        return [row for row in records if cluster_type in {None, row.type}]

    def cluster(self, cluster_hash: str) -> ClusterDetail | None:
        """Return one cluster with its validated summary, None if it has none."""
        answer = self._send("cluster", {"hash": cluster_hash})
        entries = _of_partition(answer["assetNodeOrError"])
        if not entries:
            return None
        cluster = _of_partition(answer["clusterOrError"])
        known = ("verdict", "confidence", "source", "summary", "summary_json")
        return ClusterDetail(
            cluster_hash=cluster_hash,
            verdict=entries["verdict"],
            confidence=entries["confidence"],
            source=entries["source"],
            members=tuple(ClusterMember(**member) for member in cluster.get("members", ())),
            subclusters={
                part["name"]: tuple(part["members"]) for part in cluster.get("subclusters", ())
            },
            markdown=entries["summary"],
            summary=entries["summary_json"],
            metadata={key: value for key, value in entries.items() if key not in known},
        )

    def cancel(self, run_id: str) -> None:
        """End a clustering or a batch, even if its process is gone; finished clusters stay.

        Raises:
            ClientError: there is no such run, or it has already ended.
        """
        try:
            answer = self._send("cancel", {"runId": run_id})["terminateRun"]
        except (
            ClientError
        ):  # its process is unreachable, or else the webserver is, which shows below
            answer = {"__typename": "PythonError"}
        if answer["__typename"] in {"TerminateRunFailure", "PythonError"}:
            forced = {"runId": run_id, "policy": "MARK_AS_CANCELED_IMMEDIATELY"}
            answer = self._send("cancel", forced)["terminateRun"]
        expect(answer, "TerminateRunSuccess")

    def _send(self, name: str, variables: Mapping[str, object]) -> Answer:
        query = files("cluster_assets").joinpath("graphql", f"{name}.graphql").read_text("utf-8")
        try:
            response = httpx.post(
                self._url,
                json={"query": query, "variables": variables},
                timeout=self._timeout_s,
            )
            body = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ClientError(
                "CA-601",
                f"the webserver at `{self._url}` does not answer ({type(error).__name__});"
                " start it with `make dev`",
            ) from None
        if body.get("errors"):
            raise ClientError(
                "CA-602", f"the webserver rejected the request: {body['errors'][0]['message']}"
            )
        return body["data"]


def _of_partition(answer: Answer) -> Answer:
    """Return the metadata of the requested partition."""
    found = expect(answer, "AssetNode")["latestMaterializationByPartition"]
    return _entries([item for item in found if item is not None])


def _entries(materializations: Sequence[Answer]) -> Answer:
    """Return the metadata of the first materialization as plain values."""
    if not materializations:
        return {}
    values: dict[str, JsonValue] = {}
    for entry in materializations[0]["metadataEntries"]:
        if "table" in entry:
            value: JsonValue = entry["table"]["records"]
        elif "jsonString" in entry:
            value = json.loads(entry["jsonString"])
        else:
            fields = ("text", "mdStr", "intValue", "floatValue", "timestamp")
            value = next((entry[field] for field in fields if field in entry), None)
        values[entry["label"]] = value
    return values
