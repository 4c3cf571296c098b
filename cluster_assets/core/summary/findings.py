"""What is wrong with a text, and where: the one record that checks, feedback and reports share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

MAX_SPAN = 120

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, in a form that can be sent back to the model that made it.

    Attributes:
        ref: which part, counted from 1: `claim.2`, `theme.1`, `title`; for form `claim.2.text`.
        code: code of the check, `D01` to `D23`.
        span: the words at fault, cut to 120 characters.
        allowed: what would have been right.
    """

    ref: str
    code: str
    span: str
    allowed: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", self.span[:MAX_SPAN])


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Value]):
    """A reply that was read: either a value or the findings that say why there is none."""

    value: Value | None
    findings: tuple[Finding, ...] = ()
