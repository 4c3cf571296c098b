"""Progress as run tags, which the UI and host applications read."""

from __future__ import annotations

import dagster as dg

from cluster_assets import names
from cluster_assets.batch.progress import Progress, ProgressSink


def progress_tags(progress: Progress) -> dict[str, str]:
    """Return the run tags for the progress of a batch."""
    return {
        names.PROGRESS_TAG: progress.label,
        names.CURRENT_TAG: progress.current,
        names.DONE_TAG: str(progress.done),
        names.TOTAL_TAG: str(progress.total),
        names.SUCCEEDED_TAG: str(progress.totals.succeeded),
        names.FAILED_TAG: str(progress.totals.failed),
        names.REJECTED_TAG: str(progress.totals.rejected),
        names.SKIPPED_TAG: str(progress.totals.skipped),
    }


class RunTagProgress:
    """Writes progress to the tags of a run and passes it on to another sink."""

    def __init__(self, instance: dg.DagsterInstance, run_id: str, then: ProgressSink) -> None:
        self._instance = instance
        self._run_id = run_id
        self._then = then

    def show(self, progress: Progress) -> None:
        """Write the tags."""
        self._instance.add_run_tags(self._run_id, progress_tags(progress))
        self._then.show(progress)
