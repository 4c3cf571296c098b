"""D06: numbers typed in prose, each in its role. D22: quantifiers against k of n.

Writers are told to use tokens, so most texts contain no typed number; a typed number that is right
in its role is accepted nevertheless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cluster_assets.core.models import EvidenceRow
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.evidence import TERM_ID
from cluster_assets.core.summary.checks.parts import MASK, Part
from cluster_assets.core.summary.checks.whole import strength
from cluster_assets.core.summary.findings import Finding

_NUMBER_TEXT = (
    r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?:\s*[x×·]\s*10\s*(?:\^|\*\*)?\s*[-−]?\d+|[eE][-−+]?\d+)?"
)
_NUMBER = re.compile(rf"(?<![\w.\-−]){_NUMBER_TEXT}(?![\w]|[.,]\d)(?P<percent>\s?%)?")
# Not "one": "one of 12 members" is an idiom
_NUMBER_WORDS = dict(
    zip(
        [
            *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
            *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
            *("nineteen", "twenty"),
        ],
        range(2, 21),
        strict=True,
    )
)
_WORDS = "|".join(_NUMBER_WORDS)
_K_OF_N = re.compile(
    rf"(?<![\w.])(?P<k>\d+|{_WORDS})(?:\s*/\s*|\s+(?:out\s+)?of\s+(?:(?:the|its|all|our)\s+)*)"
    rf"(?P<n>\d+|{_WORDS})(?![\w]|\.\d)",
    re.IGNORECASE,
)
_P_ROLE = re.compile(
    r"\b(?:fdr|q|p|q-?values?|p-?values?|adjusted p)\b[^\d;.]{0,24}$", re.IGNORECASE
)
_V_ROLE = re.compile(r"\b(?:v|v-?tests?|v-?values?|test[- ]values?)\b[^\d;]{0,16}$", re.IGNORECASE)
_BELOW = re.compile(r"(?:<|≤|below|under|less than|smaller than|at most)\s*$", re.IGNORECASE)
_SIZE_BEFORE = re.compile(
    r"\b(?:cluster|set|group|module)s? (?:of|with|has|holds|contains)\s*$", re.IGNORECASE
)
_SIZE_AFTER = re.compile(
    r"^\s+(?:\w+\s+){0,2}(?:genes|members|entities|diseases|disorders|conditions)\s+"
    r"(?:of|in|that form|forming|make up)\s+(?:this|the)\s+(?:cluster|set|group)",
    re.IGNORECASE,
)
_MEMBERS = re.compile(r"^\s+member\b", re.IGNORECASE)
_MOST = re.compile(
    r"\b(?:most|the majority|a majority|more than half|over half)\s+"
    r"(?:of\b|genes|members|entities|diseases|disorders|conditions)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:(?:nearly|almost|virtually|practically) all|(?:(?<!not )all)|each|every)\s+"
    r"(?:of (?!which)|the\b|member|genes|entities|diseases|disorders|conditions|these|its|one\b)"
    r"|\b(?:universal(?:ly)?|without exception|the entire (?:cluster|set))\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:than\b[^,;:.]*|(?:among|against|over|across|versus|with|to) (?:the )?all\b)",
    re.IGNORECASE,
)
_STRONGEST = re.compile(
    r"\b(?:strongest|most (?:significant|strongly|pronounced|clearly|prominent)(?:ly)?|"
    r"top[- ](?:ranked|ranking|term|signal)|leading (?:term|signal)|highest[- ]rank\w*)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\b(?:among|amongst|one of|some of|second|third|fourth|next)(?: the)?(?: \w+)?\s*$",
    re.IGNORECASE,
)
_LACKING = re.compile(
    r"\b(?:lack(?:s|ing)?|without|do not have|have no|not recorded|unrecorded|free of)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:]\s|\. ")
TOP_FEW = 5  # rows of a source or side that count as among the strongest
_MOST_SHARE, _ALL_SHARE = 0.5, 0.9
_ROUNDING = 1.05  # a hair more than half a unit of the last digit shown


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed number: its value and half a unit of its last digit."""

    value: float
    tolerance: float

    def shows(self, value: float | int | None) -> bool:
        """Return whether this is the given value, rounded to the digits shown."""
        return value is not None and abs(self.value - value) <= self.tolerance * _ROUNDING


def numbers_in_role(context: Context) -> Iterator[Finding]:
    """D06: size, k of n, FDR, v-test and means agree with the packet and the cited rows."""
    for part in context.parts:
        if not (part.is_sentence or part.section in {"title", "key_themes"}):
            continue
        text = _without_labels(part)
        yield from _pairs(part, text, context)
        yield from _singles(part, _K_OF_N.sub(lambda match: " " * len(match[0]), text), context)
        yield from _rank(part, context)


def quantifiers_hold(context: Context) -> Iterator[Finding]:
    """D22: `most` needs half of the members with the cited term, `all` nine in ten."""
    for part in context.parts:
        if not part.is_prose:
            continue
        shares = _shares(part, context)
        text = _BACKGROUND.sub(lambda match: " " * len(match[0]), part.masked)
        for pattern, least in ((_ALL, _ALL_SHARE), (_MOST, _MOST_SHARE)):
            match = pattern.search(text)
            if match and shares and _share_meant(match, part, shares) < least:
                yield Finding(part.ref, "D22", match[0], f"at least {least:.0%} of the members")
                break


def parse_number(text: str) -> Typed:
    """Parse `1,043`, `3.2e-10`, `3 × 10^-8` with the precision of its digits."""
    plain = re.sub(r"[,\s]", "", text).replace("−", "-")
    mantissa, _, exponent = re.sub(r"[x×·]10(?:\^|\*\*)?|[eE]", "|", plain, count=1).partition("|")
    scale = 10.0 ** max(int(exponent or 0), -320)
    decimals = len(mantissa.partition(".")[2])
    return Typed(float(mantissa) * scale, 0.5 * 10.0**-decimals * scale)


def _without_labels(part: Part) -> str:
    """Return the text with labels and ids masked, filled-in numbers kept (`{{E01.k}} of 41`)."""
    letters = list(part.masked)
    for span in part.fills:
        if span.kind == "number":
            letters[span.start : span.end] = part.text[span.start : span.end]
    return TERM_ID.sub(lambda match: MASK * len(match[0]), "".join(letters))


def _pairs(part: Part, text: str, context: Context) -> Iterator[Finding]:
    rows = [row for row in context.cited(part) if row.k is not None]
    pairs = {(row.k, size) for row in rows for size in (row.n, context.packet.n_members)}
    for match in _K_OF_N.finditer(text):
        if (_whole(match["k"]), _whole(match["n"])) not in pairs:
            allowed = "; ".join(f"{row.id}: {row.k} of {row.n}" for row in rows)
            yield Finding(part.ref, "D06", match[0], allowed or "no such numbers in the cited rows")


def _whole(text: str) -> int:
    return _NUMBER_WORDS.get(text.casefold()) or int(text)


def _singles(part: Part, text: str, context: Context) -> Iterator[Finding]:
    filled = [(span.start, span.end) for span in part.fills if span.kind == "number"]
    named = {word for row in context.cited(part) for word in re.findall(r"\w+", row.label)}
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in filled):
            continue
        before, after = text[: match.start()], text[match.end() :]
        if match[0] in named:  # "Type 2" stands in a cited label
            continue
        typed = parse_number(match[0].rstrip(" %"))
        if not _fits(typed, bool(match["percent"]), before, after, part, context):
            allowed = f"numbers of the cited rows, or the size {context.packet.n_members}"
            yield Finding(part.ref, "D06", _around(text, match), allowed)


def _fits(
    typed: Typed, percent: bool, before: str, after: str, part: Part, context: Context
) -> bool:
    rows = context.cited(part)
    size = context.packet.n_members
    if percent:
        return any(row.k is not None and row.n and typed.shows(100 * row.k / row.n) for row in rows)
    if _P_ROLE.search(before):
        values = [value for row in rows for value in (row.fdr, row.p) if value is not None]
        if _BELOW.search(before):
            return any(value <= typed.value + typed.tolerance for value in values)
        return any(typed.shows(value) for value in values)
    if _V_ROLE.search(before):
        return any(typed.shows(row.v) or typed.shows(-(row.v or 0.0)) for row in rows if row.v)
    if _SIZE_BEFORE.search(before) or _SIZE_AFTER.search(after) or _MEMBERS.search(after):
        return typed.shows(size)
    values = [
        size,
        *(value for row in rows for value in (row.k, row.n, row.mean, row.overall_mean)),
    ]
    return any(typed.shows(value) for value in values)


def _rank(part: Part, context: Context) -> Iterator[Finding]:
    """Yield a finding if rows called `strongest` are not the strongest of their source or side."""
    match = _STRONGEST.search(part.masked)
    rows = [row for row in context.cited(part) if row.kind == "term"]
    if not match or not rows:
        return
    is_one_of = _ONE_OF.search(part.masked[: match.start()])
    if not any(_is_among_top(row, TOP_FEW if is_one_of else 1, context) for row in rows):
        yield Finding(part.ref, "D06", match[0], "only of the strongest term of its source or side")


def _is_among_top(row: EvidenceRow, n: int, context: Context) -> bool:
    peers = [
        other
        for other in context.packet.rows
        if other.kind == "term" and (other.source, other.direction) == (row.source, row.direction)
    ]
    return strength(row) >= sorted(map(strength, peers), reverse=True)[:n][-1]


def _shares(part: Part, context: Context) -> dict[str, float]:
    """Return the share of members with each cited term, or without it if the text says so."""
    rows = [row for row in context.cited(part) if row.k is not None and row.n]
    shares = {row.id: (row.k or 0) / (row.n or 1) for row in rows}
    if not _LACKING.search(part.masked):
        return shares
    return {
        row.id: 1 - shares[row.id] if row.direction == "under" else shares[row.id] for row in rows
    }


def _share_meant(quantifier: re.Match[str], part: Part, shares: dict[str, float]) -> float:
    """Return the share of the nearest term in the quantifier's clause, else the largest share."""
    start = max((m.end() for m in _CLAUSE.finditer(part.masked, 0, quantifier.start())), default=0)
    border = _CLAUSE.search(part.masked, quantifier.end())
    end = border.start() if border else len(part.masked)
    near = [
        (min(abs(span.start - quantifier.end()), abs(quantifier.start() - span.end)), span.row_id)
        for span in part.mentions
        if start <= span.start < end and span.row_id in shares
    ]
    return shares[min(near)[1] or ""] if near else max(shares.values())


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 20) : match.end() + 20].strip()
