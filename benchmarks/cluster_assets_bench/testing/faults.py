"""The ways in which a provider fails, and when the tests' server shows which.

A fault comes from a script (the next requests in order), from a marker in the prompt such as
`[[mock:server_error*2]]` (the first two requests with that marker and task), or at a seeded rate.
What a fault looks like on the wire is in `wire`.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

Fault = Literal[
    "bad_key",
    "forbidden",
    "unknown_model",
    "rate_limited",
    "quota",
    "server_error",
    "bad_gateway",
    "overloaded",
    "overloaded_529",
    "context_too_long",
    "policy",
    "hang",
    "trickle",
    "reset",
    "half_body",
    "refusal",
    "truncated",
    "empty",
    "malformed",
    "fenced",
    "wrong_enum",
    "echo_key",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
TRANSIENT: tuple[Fault, ...] = (
    "server_error",
    "bad_gateway",
    "overloaded",
    "reset",
    "half_body",
    "truncated",
    "empty",
    "malformed",
    "fenced",
    "wrong_enum",
)
_MARKER = re.compile(r"\[\[mock:(\w+)(?:\*(\d+))?\]\]")


@dataclass(slots=True)
class FaultPlan:
    """Which request meets which fault.

    Attributes:
        script: faults of the next requests, `None` for a good answer; used up first.
        rate: share of the requests that meet a fault of `modes`.
        modes: the faults of that share.
        seed: the same seed and tasks meet the same faults in any order of arrival.
    """

    script: deque[Fault | None] = field(default_factory=deque)
    rate: float = 0.0
    modes: Sequence[Fault] = TRANSIENT
    seed: int = 0
    _seen: Counter[str] = field(default_factory=Counter)

    def next(self, task: str, prompt: str) -> Fault | None:
        """Return the fault for a request; `task` names what its repetitions have in common."""
        self._seen[task] += 1
        if self.script:
            return self.script.popleft()
        if marker := _MARKER.search(prompt):
            name, times = marker[1], int(marker[2] or 1_000_000_000)
            return as_fault(name) if self._seen[task] <= times else None
        if not self.rate:
            return None
        digest = hashlib.sha256(f"{self.seed} {task} {self._seen[task]}".encode()).digest()
        draw = random.Random(digest)
        return draw.choice(self.modes) if draw.random() < self.rate else None


def as_fault(name: str) -> Fault:
    """Return the name as a fault.

    Raises:
        ValueError: there is no such fault.
    """
    for fault in FAULTS:
        if fault == name:
            return fault
    raise ValueError(f"`{name}` is no fault of the tests' server; it knows {', '.join(FAULTS)}")
