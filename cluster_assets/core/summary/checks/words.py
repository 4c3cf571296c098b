"""Words of labels and texts: comparison, negation, and search for many phrases at once."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# (pyahocorasick has no types; `_Automaton` says what is used of it)
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

_PLURALS = ("s", "es")
_WORD = re.compile(r"[^\W_]+")
_SHARED_START = 0.55  # of the longer word: `synapse` and `synaptic`, not `hypotonia`, `hypotension`
_MIN_START = 4
_JOINED = (
    "post",
    "pre",
    "neuro",
    "trans",
    "inter",
    "intra",
    "peri",
)  # specify a word without reversing it
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|without|rather than)\b(?! only)(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
# Words without a meaning of their own in a label
EMPTY_WORDS = frozenset(
    [
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "of", "on", "or"),
        *("other", "the", "their", "to", "type", "via", "with", "within"),
        *("abnormal", "abnormality", "abnormalities", "disorder", "disorders", "feature"),
        *("features", "finding", "findings", "function", "functions", "general", "human"),
        *("involving", "morphology", "pathway", "pathways", "phenotype", "phenotypes", "process"),
        *("processes", "related", "system", "term", "terms", "activity", "biological", "cellular"),
    ]
)
TAG_LENGTH = 29
_DANGLING = frozenset(
    {"of", "the", "and", "in", "to", "by", "with", "or", "a", "via", "for", "from"}
)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in a text: its place, and the ids it stands for."""

    start: int
    end: int
    phrase: str
    ids: frozenset[str]


def normalise(text: str) -> str:
    """Return a label in the form used for comparison: NFKC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def search_word(label: str) -> str:
    """Return a label as a tag: plain letters, cut between words; empty when nothing is left."""
    words = re.sub(r"[^a-z0-9 +-]+", " ", label.casefold()).split()
    tag = cut(" ".join(words).lstrip("+- "), TAG_LENGTH)
    return tag if len(tag) > 1 else ""


def cut(text: str, length: int) -> str:
    """Cut a text between words, without a trailing preposition."""
    if len(text) <= length:
        return text
    words = text[: length + 1].split(" ")[:-1] or [text[:length]]
    while len(words) > 1 and words[-1].strip(",;(").casefold() in _DANGLING:
        words.pop()
    return " ".join(words).rstrip(" ,;(-+")


def content_words(text: str) -> set[str]:
    """Return the words that carry the meaning of a label, case folded."""
    return set(_WORD.findall(normalise(text))) - EMPTY_WORDS


def same_word(one: str, other: str) -> bool:
    """Compare two words by their beginnings, in place of a stemmer.

    `postsynaptic` counts as `synaptic` too; `hypertonia` is neither `hypotonia` nor `tonia`.
    """
    return any(_begin_alike(a, b) for a in _with_stem(one) for b in _with_stem(other))


def _with_stem(word: str) -> list[str]:
    stems = [word.removeprefix(prefix) for prefix in _JOINED]
    return [word, *(stem for stem in stems if stem != word and len(stem) > _MIN_START)]


def _begin_alike(one: str, other: str) -> bool:
    longer = max(len(one), len(other))
    shared = next((i for i in range(longer) if one[i : i + 1] != other[i : i + 1]), longer)
    return (
        one in (other, f"{other}s")
        or other == f"{one}s"
        or (shared >= _MIN_START and shared >= _SHARED_START * longer)
    )


def is_negated(text: str, position: int) -> bool:
    """Return whether a negation stands up to three words before a position."""
    return _NEGATION.search(text[:position]) is not None


def is_covered(text: str, licensed: set[str]) -> bool:
    """Return whether all content words of a label are among the licensed words."""
    return all(any(same_word(word, other) for other in licensed) for word in content_words(text))


class _Automaton(Protocol):
    def iter(self, text: str, /) -> Iterator[tuple[int, str]]: ...


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """Phrases with their ids in an Aho-Corasick automaton; search time is linear in the text."""

    ids: Mapping[str, frozenset[str]]
    _automaton: _Automaton = field(repr=False)

    @classmethod
    def build(cls, phrases: Iterable[tuple[str, str]]) -> PhraseIndex:
        """Build the index from pairs of phrase and id; a phrase may have several ids."""
        import ahocorasick

        collected: dict[str, set[str]] = {}
        for phrase, term_id in phrases:
            if key := normalise(phrase):
                collected.setdefault(key, set()).add(term_id)
        automaton = ahocorasick.Automaton()
        for key in collected:
            automaton.add_word(key, key)
        automaton.make_automaton()
        return cls({key: frozenset(ids) for key, ids in collected.items()}, automaton)

    def find(self, text: str) -> list[Match]:
        """Return the longest matches from left to right, without overlaps.

        Case is ignored, and so is a plural `s` or `es` after the phrase.
        """
        if not self.ids:
            return []
        lowered = _fold(text)
        found: list[Match] = []
        for last, phrase in self._automaton.iter(lowered):
            start = last - len(phrase) + 1
            end = _border(lowered, last + 1)
            if end and (start == 0 or not _inside_word(lowered[start - 1])):
                found.append(Match(start, end, phrase, self.ids[phrase]))
        return _leftmost_longest(found)


def _fold(text: str) -> str:
    """Lower-case each character on its own, so that positions stay the same."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _border(text: str, end: int) -> int:
    """Return the end of the word if the phrase or its plural ends there, else 0."""
    for ending in ("", *_PLURALS):
        stop = end + len(ending)
        if text.startswith(ending, end) and (stop == len(text) or not _inside_word(text[stop])):
            return stop
    return 0


def _inside_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _leftmost_longest(matches: list[Match]) -> list[Match]:
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.start, -match.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept
