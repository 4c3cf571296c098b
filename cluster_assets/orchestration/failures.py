"""Turning our errors into Dagster failures, and why Dagster never retries them.

Dagster has three independent retry mechanisms: the `RetryPolicy` of a step, run retries by the
daemon (controlled by run tags), and automation. When an error arrives here, the batch has already
retried each cluster by its own policy; another layer would multiply the requests. Hence
`allow_retries=False` on every failure, `dagster/max_retries: 0` on every batch run, run retries off
in `dagster.yaml`, and no step policy.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from cluster_assets.errors import ClusterAssetsError

NO_RUN_RETRIES = {"dagster/max_retries": "0"}


class OwnFailure(dg.Failure):
    """A failure that carries the error behind it, for whoever executes the run in process."""

    def __init__(self, error: ClusterAssetsError) -> None:
        super().__init__(
            description=str(error),
            metadata={"code": error.code, "message": error.message},
            allow_retries=False,
        )
        self.error = error


@contextmanager
def dagster_failures() -> Generator[None]:
    """Re-raise one of our errors as a failure that shows its message and code."""
    try:
        yield
    except ClusterAssetsError as error:
        raise OwnFailure(error) from None
