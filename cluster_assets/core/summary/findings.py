"""A fault of a text and its place: the one record for checks, feedback and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

MAX_SPAN = 120

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, in a form that can be sent back to the model that made it.

    Attributes:
        ref: the part, counted from 1: `claim.2`, `theme.1`, `title`; for form `claim.2.text`.
        code: code of the check, `D01` to `D23`.
        span: the faulty words, cut to 120 characters.
        allowed: what would have been right.
    """

    ref: str
    code: str
    span: str
    allowed: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", self.span[:MAX_SPAN])


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Value_co]):
    """A parsed reply: either a value, or the findings that say why there is none."""

    value: Value_co | None
    findings: tuple[Finding, ...] = ()
