"""Reference tokens: placeholders that a writer types for numbers, terms and genes.

`{{N}}` is the size of the cluster, `{{E03}}` the label of a row, `{{E03.k}}` one of its numbers,
`{{G:SHANK3}}` a member gene. Code fills them in from the packet, so they cannot be wrong. The place
of each substitution is kept, because the checks must not read a label as prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cluster_assets.core.models import EvidencePacket, EvidenceRow

SpanKind = Literal["label", "number", "gene"]
_TOKEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_REFERENCE = re.compile(r"(?P<row>[EIQ]\d{2,3})(?:\.(?P<field>[a-z_]+))?|G:(?P<gene>\S+)|(?P<n>N)")
_LEFT_OVER = re.compile(r"\{\{?|\}\}?")
_SMALLEST_P = 1e-300
NUMBERS = frozenset({"k", "n", "p", "fdr", "v", "mean", "overall_mean"})


@dataclass(frozen=True, slots=True)
class Span:
    """A span of filled-in text.

    Attributes:
        start: position of the first character in the filled-in text.
        end: position after the last character in the filled-in text.
        kind: label of a row, number, or gene symbol.
        row_id: the row it comes from; None for `{{N}}` and genes.
    """

    start: int
    end: int
    kind: SpanKind
    row_id: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its tokens filled in.

    Attributes:
        text: the text for readers, not yet escaped.
        spans: places of the substitutions, in order.
        unknown: tokens without a meaning in this packet; they stay as typed.
    """

    text: str
    spans: tuple[Span, ...]
    unknown: tuple[str, ...]


def fill(text: str, packet: EvidencePacket) -> Filled:
    """Fill in the tokens of a text."""
    rows = {row.id: row for row in packet.rows}
    symbols = {member.label for member in packet.members}
    out: list[str] = []
    spans: list[Span] = []
    unknown: list[str] = []
    done = length = 0
    for token in _TOKEN.finditer(text):
        before = text[done : token.start()]
        unknown += _LEFT_OVER.findall(before)
        value = _value(token[1], rows, symbols, packet)
        if value is None:
            unknown.append(token[0])
        start = length + len(before)
        shown, kind, row_id = value or (token[0], None, None)
        length = start + len(shown)
        if kind is not None:
            spans.append(Span(start, length, kind, row_id))
        out += [before, shown]
        done = token.end()
    unknown += _LEFT_OVER.findall(text[done:])
    return Filled("".join(out) + text[done:], tuple(spans), tuple(unknown))


def format_number(name: str, value: float) -> str:
    """Format a number of a row: counts whole, v-tests and means with one decimal, p as 1.2e-10."""
    if name in {"p", "fdr"}:
        return f"{value:.1e}" if value >= _SMALLEST_P else "below 1e-300"
    if name in {"v", "mean", "overall_mean"}:
        return f"{value:.1f}"
    return str(int(value))


def _value(
    reference: str, rows: dict[str, EvidenceRow], symbols: set[str], packet: EvidencePacket
) -> tuple[str, SpanKind, str | None] | None:
    """Return the value of a token, None for an unknown token."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    if match["n"]:
        return str(packet.n_members), "number", None
    if match["gene"]:
        known = packet.cluster_type == "functional" and match["gene"] in symbols
        return (match["gene"], "gene", None) if known else None
    row = rows.get(match["row"])
    if row is None:
        return None
    if match["field"] is None:
        return row.label, "label", row.id
    value = getattr(row, match["field"]) if match["field"] in NUMBERS else None
    return None if value is None else (format_number(match["field"], value), "number", row.id)
