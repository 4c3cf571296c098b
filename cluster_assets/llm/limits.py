"""The arithmetic of a request limit: when the next request may leave. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests may leave.

    Attributes:
        requests: in any stretch of `window_s` seconds.
        burst: of these at once; the rest are spread evenly.
        window_s: length of the provider's window.
        margin_s: added to it, so that a request may travel that much longer than another.
    """

    requests: int
    burst: int
    window_s: float
    margin_s: float

    @property
    def span_s(self) -> float:
        """Seconds that lie between a slot and the slot `requests` later."""
        return self.window_s + self.margin_s

    @property
    def burst_span_s(self) -> float:
        """Seconds that lie between a slot and the slot `burst` later."""
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
    """Return the first lawful time for the next slot; all times in seconds on one clock.

    Args:
        limit: the limit.
        now: the present.
        back_requests: the slot `limit.requests` before the new one, None when there is none.
        back_burst: the slot `limit.burst` before it.
        last: the latest slot; nobody overtakes it.
        pause_until: end of a pause.
    """
    bounds = [now]
    if back_requests is not None:
        bounds.append(back_requests + limit.span_s)
    if back_burst is not None:
        bounds.append(back_burst + limit.burst_span_s)
    bounds.extend(bound for bound in (last, pause_until) if bound is not None)
    return max(bounds)
