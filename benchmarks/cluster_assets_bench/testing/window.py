"""The exact request window of the tests' server, and what it has counted."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field


class RequestWindow:
    """Admits at most `limit` requests in any stretch of `window_s` seconds; None admits all."""

    def __init__(self, limit: int | None, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._admitted: deque[float] = deque()

    def admit(self, now: float) -> float | None:
        """Admit a request and return None, or return the seconds until the next can be."""
        if self._limit is None:
            return None
        while self._admitted and self._admitted[0] <= now - self._window_s:
            self._admitted.popleft()
        if len(self._admitted) >= self._limit:
            return self._admitted[0] + self._window_s - now
        self._admitted.append(now)
        return None


@dataclass(frozen=True, slots=True)
class ServerStats:
    """What the server has seen.

    Attributes:
        n_requests: model requests in all.
        n_rejected: of these, answered with 429 because the window was full.
        n_faults: of these, answered with a planned fault.
        max_in_window: most arrivals in any stretch as long as the window.
        max_in_flight: most requests at once.
        by_purpose: requests to write, to judge.
        by_cluster: requests for each cluster, as `cluster hash purpose`.
        arrivals_s: seconds of each arrival after the first.
    """

    n_requests: int
    n_rejected: int
    n_faults: int
    max_in_window: int
    max_in_flight: int
    by_purpose: dict[str, int]
    by_cluster: dict[str, int]
    arrivals_s: list[float]

    def to_dict(self) -> dict[str, object]:
        """Return JSON values."""
        return asdict(self)


@dataclass(slots=True)
class Counters:
    """Counts while the server runs."""

    window_s: float
    arrivals: list[float] = field(default_factory=list)
    n_rejected: int = 0
    n_faults: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    by_purpose: Counter[str] = field(default_factory=Counter)
    by_cluster: Counter[str] = field(default_factory=Counter)

    def arrived(self, now: float, purpose: str, cluster_hash: str) -> None:
        """Count a request that comes in."""
        self.arrivals.append(now)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.by_purpose[purpose] += 1
        self.by_cluster[f"{cluster_hash} {purpose}"] += 1

    def stats(self) -> ServerStats:
        """Return the counts so far."""
        return ServerStats(
            n_requests=len(self.arrivals),
            n_rejected=self.n_rejected,
            n_faults=self.n_faults,
            max_in_window=most_in_window(self.arrivals, self.window_s),
            max_in_flight=self.max_in_flight,
            by_purpose=dict(self.by_purpose),
            by_cluster=dict(self.by_cluster),
            arrivals_s=[at - self.arrivals[0] for at in self.arrivals],
        )


def most_in_window(arrivals: list[float], window_s: float) -> int:
    """Return the most arrivals in any stretch of `window_s` seconds; the times are ascending."""
    most, first = 0, 0
    for last, at in enumerate(arrivals):
        while arrivals[first] <= at - window_s:
            first += 1
        most = max(most, last - first + 1)
    return most
