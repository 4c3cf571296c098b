"""Errors of ours on their way through a Dagster run."""

from __future__ import annotations

import dagster as dg
import pytest

from cluster_assets.errors import Abort, ClusterAssetsError, InputError, TextError
from cluster_assets.orchestration.failures import OwnFailure, dagster_failures

ERRORS = [
    Abort("CA-402", "no key", outcome="missing_key", variables=("OPENAI_API_KEY",)),
    InputError("CA-201", "bad rows", ["row 3"], path="genes.tsv"),
    TextError("CA-701", "no text", cluster_hash="0" * 64),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_leaves_a_run_as_it_was_raised(error: ClusterAssetsError) -> None:
    @dg.op
    def fails() -> None:
        with dagster_failures():
            raise error

    @dg.job
    def job() -> None:
        fails()

    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(OwnFailure) as caught:
        job.execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert caught.value.error is error
    assert caught.value.description == str(error)
    assert caught.value.metadata["code"].value == error.code
    assert not caught.value.allow_retries
