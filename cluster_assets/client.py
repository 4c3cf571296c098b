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

from cluster_assets.core.models import ClusterType
from cluster_assets.errors import ClusterAssetsError

_JOBS = {
    "all": "clustering_job",
    "functional": "functional_clustering_job",
    "phenotype": "phenotype_clustering_job",
}
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
_TAGS = "cluster_assets/"


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
    """A clustering run and its batches; `ended` when none of them is running or about to."""

    run_id: str
    status: str
    batches: tuple[BatchProgress, ...]

    @property
    def ended(self) -> bool:
        """Whether every run known so far has ended; a batch may still be about to start."""
        return self.status in _ENDED and all(batch.status in _ENDED for batch in self.batches)


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
                "repositoryName": "__repository__",
                "jobName": _JOBS[cluster_type],
            },
            "runConfigData": run_config,
        }
        answer = self._send("launch", {"params": params})["launchRun"]
        return str(_expect(answer, "LaunchRunSuccess")["run"]["runId"])

    def progress(self, run_id: str) -> ClusteringProgress:
        """Return how far a clustering and its batches are."""
        batches = {"tags": [{"key": f"{_TAGS}clustering_run_id", "value": run_id}]}
        answer = self._send("progress", {"runId": run_id, "batches": batches})
        run = _expect(answer["runOrError"], "Run")
        found = _expect(answer["runsOrError"], "Runs")["results"]
        return ClusteringProgress(run_id, run["status"], tuple(_batch(item) for item in found))

    def results(self, cluster_type: ClusterType | None = None) -> list[ClusterResult]:
        """Return the clusters that readers see now; empty before the first clustering."""
        answer = self._send("results", {})["assetOrError"]
        if answer["__typename"] == "AssetNotFoundError":
            return []
        entries = _entries(_expect(answer, "Asset")["assetMaterializations"])
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
        """End a clustering or a batch; clusters that are done stay."""
        answer = self._send("cancel", {"runId": run_id})["terminateRun"]
        _expect(answer, "TerminateRunSuccess")

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


def _expect(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the answer when it is of that kind, else raise what it says."""
    if answer["__typename"] == kind:
        return answer
    said = answer.get("message") or "; ".join(e["message"] for e in answer.get("errors", []))
    raise ClientError(answer["__typename"], said or "the webserver refused")


def _batch(run: dict[str, Any]) -> BatchProgress:
    tags = {tag["key"].removeprefix(_TAGS): tag["value"] for tag in run["tags"]}
    counts = ("done", "total", "succeeded", "failed", "rejected", "skipped")
    return BatchProgress(
        run_id=run["runId"],
        type=tags["type"],
        status=run["status"],
        label=tags.get("progress", ""),
        current=tags.get("current", ""),
        **{name: int(tags.get(name) or 0) for name in counts},
    )


def _of_partition(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of the one partition that was asked for."""
    found = _expect(answer, "AssetNode")["latestMaterializationByPartition"]
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
