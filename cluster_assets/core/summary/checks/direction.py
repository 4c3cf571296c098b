"""D08: rows are over- or under-represented as a text says.

Only words outside of labels count: "Absent speech" recorded more often is over-represented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cluster_assets.core.models import Direction
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.parts import MASK, Part
from cluster_assets.core.summary.checks.words import is_negated
from cluster_assets.core.summary.findings import Finding

_UNDER = re.compile(
    r"\b(?:(?:less|more rarely|least) ?(?:often|frequent(?:ly)?|common(?:ly)?|likely|prevalent)?"
    r"|rare(?:ly|r)?|seldom|infrequent(?:ly)?|uncommon(?:ly)?|under-?\s?represent\w*|deplet\w*"
    r"|fewer|scarce(?:ly)?|spar(?:ed|es|ing)|hardly)\b",
    re.IGNORECASE,
)
# These describe the clarity of an excess, a share, or one row relative to another (with its label
# masked); they do not compare with other clusters
_RELATIVE = re.compile(
    r"\bless (?:marked|strong|clear|pronounced|signific)\w*"
    r"|\bfewer (?:than (?:half|an?|one|two|□)|genes\b(?! than))",
    re.IGNORECASE,
)
# For a share these mean rare; for a feature they may be part of its name: "lack of speech"
_LACKING = re.compile(
    r"\b(?:absen(?:t|ce)|lack(?:s|ing|ed)?|missing|low(?:er)?|reduced|decreased|diminished"
    r"|(?:free|devoid) of)\b",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"\s(\w+)")
_WEAK_UNDER = re.compile(r"\b(?:only|few|sparse(?:ly)?|little|without|below)\b", re.IGNORECASE)
_OVER = re.compile(
    r"\b(?:more (?:often|frequent(?:ly)?|common(?:ly)?|likely|prevalent)"
    r"|most (?:often|common(?:ly)?|frequent(?:ly)?)|over-?\s?represent\w*|enrich\w*|excess"
    r"|elevated|increased|higher|frequent(?:ly)?|common(?:ly)?|prominent(?:ly)?|prevalent"
    r"|predominant(?:ly)?|abundant(?:ly)?|characteri[sz]ed|hallmarks?|widespread"
    r"|recurrent(?:ly)?)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"\bthan\b[^,;:.]*")  # describes other clusters, not this one


def direction_agrees(context: Context) -> Iterator[Finding]:
    """D08: polarity, section and wording agree with the sign of every cited row."""
    for part in context.parts:
        directions: set[Direction] = {row.direction for row in context.cited(part)}
        expected = _expected(part)
        if expected and directions - {expected}:
            wrong = [row.id for row in context.cited(part) if row.direction != expected]
            allowed = f"only rows with direction `{expected}`; {', '.join(wrong)} are not"
            yield Finding(part.ref, "D08", f"{part.ref} {expected}", allowed)
        elif len(directions) == 1 and part.is_prose:
            yield from _wording(part, directions.pop(), context)


def _expected(part: Part) -> Direction | None:
    """Return the direction that the fields of a part claim."""
    if part.section in {"key_themes", "inheritance", "tags"}:
        return "over"
    if part.section == "notably_absent":
        return "under"
    return part.polarity


def _wording(part: Part, direction: Direction, context: Context) -> Iterator[Finding]:
    says = directions_said(_without_names(part, context))
    if direction == "over" and "under" in says:
        yield Finding(part.ref, "D08", part.text, "its rows are over-represented: say so")
    if direction == "under" and ("over" in says or not (says or _WEAK_UNDER.search(part.masked))):
        yield Finding(part.ref, "D08", part.text, "its rows are under-represented: say so")


def _without_names(part: Part, context: Context) -> str:
    """Mask words of lack that start the name of a cited row: "absent dynein arms"."""
    named = context.words_of(context.cited(part))

    def mask(match: re.Match[str]) -> str:
        following = _NEXT_WORD.match(part.text, match.end())
        begins = match[0].casefold() in named and following and following[1].casefold() in named
        return MASK * len(match[0]) if begins else match[0]

    return _LACKING.sub(mask, part.masked)


def directions_said(masked: str) -> set[Direction]:
    """Return the directions that the words of a text claim; a negation reverses a direction.

    Comparisons with other clusters ("than is common elsewhere") do not count. Words of lack count
    only if nothing else indicates a direction.
    """
    text = _blank(_COMPARED, _blank(_RELATIVE, masked))
    under = _found(_UNDER, text)
    text = _blank(_UNDER, text)
    over = _found(_OVER, text)
    says: set[Direction] = {"over" if negated else "under" for negated in under}
    says |= {"under" if negated else "over" for negated in over}
    if not says:
        says |= {"over" if negated else "under" for negated in _found(_LACKING, text)}
    return says


def _found(pattern: re.Pattern[str], text: str) -> set[bool]:
    """Return whether each match is negated."""
    return {is_negated(text, match.start()) for match in pattern.finditer(text)}


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)
