"""Turning our errors into Dagster failures, and why Dagster never retries them.

Dagster has three ways to repeat work, and none knows of the others: a step's `RetryPolicy`, run
retries by the daemon (looks only at run tags), and automation. The batch has retried each cluster
by its own policy when an error arrives here; a second layer would multiply requests. Hence:
`allow_retries=False` on each failure, `dagster/max_retries: 0` on each batch run, run retries off
in `dagster.yaml`, no step policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from cluster_assets.errors import ClusterAssetsError

NO_RUN_RETRIES = {"dagster/max_retries": "0"}


@contextmanager
def dagster_failures() -> Iterator[None]:
    """Re-raise one of our errors as a failure that shows its message and code."""
    try:
        yield
    except ClusterAssetsError as error:
        raise dg.Failure(
            description=str(error),
            metadata={"code": error.code, "message": error.message},
            allow_retries=False,
        ) from None
