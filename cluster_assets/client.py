"""The host application's client: launch, progress, results, one cluster, cancel, by GraphQL.

It sends the very files under `cluster_assets/graphql/`, which any other language can send too. It
needs only a running webserver; it reads no database and never makes a model request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import httpx

from cluster_assets.client_progress import (
    SENSOR,
    TAGS,
    BatchProgress,
    ClientError,
    ClusteringProgress,
    expect,
    read_progress,
)
from cluster_assets.core.models import ClusterType

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
_JOBS = {
    "all": "clustering_job",
    "functional": "functional_clustering_job",
    "phenotype": "phenotype_clustering_job",
}


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """One row of the published clusterings; `verdict` is `pending` while there is no text.

    `reasons` are codes, joined by `|`; for a pending cluster, why no text could be written.
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
        label: symbol, or name of the disease.
        confidence: how sure its place is, 0 to 1; None where that is not known.
    """

    id: str
    label: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """One cluster and its validated summary.

    Attributes:
        members: sorted by id.
        subclusters: name to ids of members, largest first; empty unless asked for.
        markdown: title, text, evidence as footnotes.
        summary: the whole of it; see `summary_json` in the README.
        metadata: every other entry of the materialization.
    """

    cluster_hash: str
    verdict: str
    confidence: str
    source: str
    members: tuple[ClusterMember, ...]
    subclusters: Mapping[str, tuple[str, ...]]
    markdown: str
    summary: Mapping[str, Any]
    metadata: Mapping[str, Any]


class ClusterAssetsClient:
    """Talks to one webserver."""

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
        cluster_type: ClusterType | Literal["all"] = "all",
        *,
        continuity: Literal["warm", "fresh"] | None = None,
    ) -> str:
        """Start a clustering and return its run id.

        Raises:
            ClientError: it could not be started.
        """
        wanted = ("functional", "phenotype") if cluster_type == "all" else (cluster_type,)
        config = {"config": {"continuity": continuity}}
        run_config = (
            {"ops": {f"{kind}_clustering": config for kind in wanted}} if continuity else {}
        )
        params = {
            "selector": {
                "repositoryLocationName": self._location,
                "repositoryName": _REPOSITORY,
                "jobName": _JOBS[cluster_type],
            },
            "runConfigData": run_config,
        }
        answer = self._send("launch", {"params": params})["launchRun"]
        return str(expect(answer, "LaunchRunSuccess")["run"]["runId"])

    def progress(self, run_id: str) -> ClusteringProgress:
        """Return how far a clustering and its batches are."""
        variables = {
            "runId": run_id,
            "batches": {"tags": [{"key": f"{TAGS}clustering_run_id", "value": run_id}]},
            "sensor": {
                "repositoryLocationName": self._location,
                "repositoryName": _REPOSITORY,
                "sensorName": SENSOR,
            },
        }
        return read_progress(run_id, self._send("progress", variables))

    def results(self, cluster_type: ClusterType | None = None) -> list[ClusterResult]:
        """Return the clusters that readers see now; empty before the first clustering."""
        answer = self._send("results", {})["assetOrError"]
        if answer["__typename"] == "AssetNotFoundError":
            return []
        entries = _entries(expect(answer, "Asset")["assetMaterializations"])
        records = [ClusterResult(**json.loads(row)) for row in entries.get("clusters") or []]
        return [row for row in records if cluster_type in {None, row.type}]

    def cluster(self, cluster_hash: str) -> ClusterDetail | None:
        """Return one cluster with its validated summary, None when there is none."""
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
        """End a clustering or a batch, its process alive or gone; clusters that are done stay.

        Raises:
            ClientError: there is no such run, or it has ended already.
        """
        try:
            answer = self._send("cancel", {"runId": run_id})["terminateRun"]
        except ClientError:  # its process cannot be reached, or the webserver, which shows below
            answer = {"__typename": "PythonError"}
        if answer["__typename"] in {"TerminateRunFailure", "PythonError"}:
            forced = {"runId": run_id, "policy": "MARK_AS_CANCELED_IMMEDIATELY"}
            answer = self._send("cancel", forced)["terminateRun"]
        expect(answer, "TerminateRunSuccess")

    def _send(self, name: str, variables: Mapping[str, object]) -> dict[str, Any]:
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
            raise ClientError("CA-602", f"the webserver refused: {body['errors'][0]['message']}")
        return body["data"]


def _of_partition(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of the one partition that was asked for."""
    found = expect(answer, "AssetNode")["latestMaterializationByPartition"]
    return _entries([item for item in found if item is not None])


def _entries(materializations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the metadata of the first materialization as plain values."""
    if not materializations:
        return {}
    values: dict[str, Any] = {}
    for entry in materializations[0]["metadataEntries"]:
        if "table" in entry:
            value: Any = entry["table"]["records"]
        elif "jsonString" in entry:
            value = json.loads(entry["jsonString"])
        else:
            fields = ("text", "mdStr", "intValue", "floatValue", "timestamp")
            value = next((entry[field] for field in fields if field in entry), None)
        values[entry["label"]] = value
    return values
