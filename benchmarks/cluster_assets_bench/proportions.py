"""Shares with their 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the interval of Wilson (1927)."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self._wilson(-1.0)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self._wilson(1.0)

    def _wilson(self, sign: float) -> float:
        if not self.n:
            return 0.0 if sign < 0 else 1.0
        centre = self.value + _Z**2 / (2 * self.n)
        spread = _Z * sqrt(self.value * (1 - self.value) / self.n + _Z**2 / (4 * self.n**2))
        return max(0.0, min(1.0, (centre + sign * spread) / (1 + _Z**2 / self.n)))

    def to_dict(self) -> dict[str, float | int]:
        """Return JSON values."""
        return {
            "hits": self.hits,
            "n": self.n,
            "share": self.value,
            "low": self.low,
            "high": self.high,
        }

    def __str__(self) -> str:
        return f"{self.hits}/{self.n} = {self.value:.1%} [{self.low:.1%}, {self.high:.1%}]"
