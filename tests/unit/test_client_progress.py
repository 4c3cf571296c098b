"""When a clustering has ended for a host that polls it: nothing runs and nothing is about to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from cluster_assets.client_progress import ClientError, read_progress


@dataclass(frozen=True)
class Case:
    name: str
    ended: bool
    status: str = "SUCCESS"
    n_new: dict[str, int] = field(default_factory=lambda: {"functional": 3})
    batches: tuple[tuple[str, str], ...] = ()  # type, status
    no_batch: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()


CASES = [
    Case("running, nothing clustered yet", False, status="STARTED", n_new={}),
    Case("running, clustered already", False, status="STARTED", awaited=("functional",)),
    Case("the sensor has not looked yet", False, awaited=("functional",)),
    Case("all cached", True, n_new={"functional": 0}),
    Case("no data for the type", True, n_new={}),
    Case("failed before the clustering was made", True, status="FAILURE", n_new={}),
    Case("cancelled before the clustering was made", True, status="CANCELED", n_new={}),
    Case("failed after it, the batch comes", False, status="FAILURE", awaited=("functional",)),
    Case("batch is being started", False, batches=(("functional", "STARTING"),)),
    Case("batch runs", False, batches=(("functional", "STARTED"),)),
    Case("batch is being cancelled", False, batches=(("functional", "CANCELING"),)),
    Case("batch has ended", True, batches=(("functional", "SUCCESS"),)),
    Case("batch failed to start", True, batches=(("functional", "FAILURE"),)),
    Case("another batch wrote them", True, no_batch=("functional",)),
    Case(
        "one of two types is still to come",
        False,
        n_new={"functional": 3, "phenotype": 2},
        batches=(("functional", "SUCCESS"),),
        awaited=("phenotype",),
    ),
    Case(
        "one written, one cached",
        True,
        n_new={"functional": 3, "phenotype": 0},
        batches=(("functional", "SUCCESS"),),
    ),
]


def answer(case: Case, **sensor: Any) -> dict[str, Any]:
    def tags(values: dict[str, str]) -> list[dict[str, str]]:
        return [{"key": f"cluster_assets/{key}", "value": value} for key, value in values.items()]

    return {
        "runOrError": {
            "__typename": "Run",
            "status": case.status,
            "tags": tags({f"no_batch/{kind}": "all are cached" for kind in case.no_batch}),
            "assetMaterializations": [
                {
                    "assetKey": {"path": [f"{kind}_clustering"]},
                    "metadataEntries": [
                        {"label": "clustering_id"},
                        {"label": "n_new", "intValue": n_new},
                    ],
                }
                for kind, n_new in case.n_new.items()
            ],
        },
        "runsOrError": {
            "__typename": "Runs",
            "results": [
                {"runId": f"b-{kind}", "status": status, "tags": tags({"type": kind})}
                for kind, status in case.batches
            ],
        },
        "sensorOrError": {
            "__typename": "Sensor",
            "sensorState": {
                "status": sensor.get("status", "RUNNING"),
                "ticks": sensor.get("ticks", [{"status": "SKIPPED", "error": None}]),
            },
        },
        "instance": {"daemonHealth": {"daemonStatus": {"healthy": sensor.get("healthy", True)}}},
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ended(case: Case) -> None:
    progress = read_progress("run", answer(case))
    assert progress.ended is case.ended
    assert progress.awaited == case.awaited
    assert progress.n_new == case.n_new
    assert set(progress.without_batch) == set(case.no_batch)
    assert progress.stalled is None


@pytest.mark.parametrize(
    ("sensor", "word"),
    [
        ({"status": "STOPPED"}, "stopped"),
        ({"healthy": False}, "daemon"),
        ({"healthy": None}, "daemon"),
        ({"ticks": [{"status": "FAILURE", "error": {"message": "[CA-502] gone\n"}}]}, "CA-502"),
    ],
)
def test_what_keeps_an_awaited_batch_from_starting_is_said(
    sensor: dict[str, Any], word: str
) -> None:
    waiting = read_progress("run", answer(Case("", False), **sensor))
    assert not waiting.ended
    assert word in (waiting.stalled or "")
    cached = read_progress("run", answer(Case("", True, n_new={"functional": 0}), **sensor))
    assert (cached.ended, cached.stalled) == (True, None)


def test_a_run_that_is_not_there_is_an_error() -> None:
    wrong = answer(Case("", True)) | {
        "runOrError": {"__typename": "RunNotFoundError", "message": "not found"}
    }
    with pytest.raises(ClientError) as caught:
        read_progress("run", wrong)
    assert caught.value.code == "RunNotFoundError"
