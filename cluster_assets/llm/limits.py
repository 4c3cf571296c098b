"""The arithmetic of a request limit: when the next request may be sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests may be sent.

    Attributes:
        requests: requests per window.
        burst: requests that may be sent at once; the rest are spread evenly.
        window_s: length of the provider's sliding window.
        margin_s: added to the window, to allow for differences in transit time.
    """

    requests: int
    burst: int
    window_s: float
    margin_s: float

    @property
    def span_s(self) -> float:
        """Minimum seconds between a slot and the slot `requests` later."""
        return self.window_s + self.margin_s

    @property
    def burst_span_s(self) -> float:
        """Minimum seconds between a slot and the slot `burst` later."""
        return self.burst * self.span_s / self.requests


def earliest_slot(
    limit: Limit,
    now: float,
    *,
    back_requests: float | None,
    back_burst: float | None,
    last: float | None,
    pause_until: float | None,
) -> float:
    """Return the earliest time of the next slot; all times are seconds on one clock.

    Args:
        limit: the limit.
        now: the current time.
        back_requests: the slot `limit.requests` before the new one, None if there is none.
        back_burst: the slot `limit.burst` before the new one, None if there is none.
        last: the latest slot, which the new one does not precede.
        pause_until: end of a pause.
    """
    bounds = [now]
    if back_requests is not None:
        bounds.append(back_requests + limit.span_s)
    if back_burst is not None:
        bounds.append(back_burst + limit.burst_span_s)
    bounds.extend(bound for bound in (last, pause_until) if bound is not None)
    return max(bounds)
