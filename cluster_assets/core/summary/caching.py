"""When a stored summary counts as cached, and what may replace it.

Pure policy: times and counts come in as values; `batch` reads and writes the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cluster_assets.core.summary.reasons import StandIn
from cluster_assets.core.summary.verdict import Source, VerdictName

Need = Literal["write", "judge"]
RETRY_AFTER: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=30))


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """The part of a stored summary that decides whether it still counts as cached.

    Attributes:
        stand_in: None when the text is final.
        judge_pending: whether the judge could not be reached.
        next_try_at: earliest next attempt after rejected ones; None for no attempt until
            `failure_key` changes.
        failure_key: what the failed attempts were made with, None when none failed.
        expires_at: end of its life.
    """

    stand_in: StandIn | None
    judge_pending: bool
    next_try_at: datetime | None
    failure_key: str | None
    expires_at: datetime


def is_due(
    entry: CacheEntry | None,
    *,
    now: datetime,
    model_configured: bool,
    failure_key: str | None = None,
) -> Need | None:
    """Return the pending work for a cluster.

    Args:
        entry: what is stored, None when nothing is.
        now: the current time.
        model_configured: whether a language model is set, not the offline writer.
        failure_key: what an attempt now would be made with (packet, models, prompts).

    Returns:
        `write`, `judge` (the text stays and only needs labels), or None when it is cached.
    """
    if entry is None or now >= entry.expires_at:
        return "write"
    if entry.stand_in in {"outage", "error"}:
        return "write"
    if not model_configured:
        return None
    if entry.stand_in is None:
        return "judge" if entry.judge_pending else None
    if entry.stand_in == "no_model":
        return "write"
    changed = failure_key is not None and failure_key != entry.failure_key
    waited = entry.next_try_at is not None and now >= entry.next_try_at
    return "write" if changed or waited else None


def retry_after(n_content_failures: int) -> timedelta | None:
    """Return the pause of a cluster after this many rounds of rejected attempts; None for ever."""
    rounds = max(n_content_failures, 1)
    return RETRY_AFTER[rounds - 1] if rounds <= len(RETRY_AFTER) else None


def may_replace(old: tuple[VerdictName, Source], new: tuple[VerdictName, Source]) -> bool:
    """Return whether a text may replace a stored one: never a better one.

    Args:
        old: verdict and source of the stored text.
        new: verdict and source of the new text.
    """
    return _rank(*new) >= _rank(*old)


def _rank(verdict: VerdictName, source: Source) -> int:
    if verdict == "reject":
        return 0
    if source == "template":
        return 1
    return 3 if verdict == "accept" else 2
