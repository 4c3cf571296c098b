"""Reads the Human Phenotype Ontology from OBO: labels, exact synonyms, ancestors.

Covers only what the project needs of the format (https://owlcollab.github.io/oboformat/doc/obo-syntax.html):
`[Term]` stanzas with `id`, `name`, `synonym`, `is_a`, `alt_id`, `is_obsolete`, `replaced_by` and
`consider`.
ADR 15 says why no library does this.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.errors import InputError
from cluster_assets.sources.formats.text import NotText, open_text

if TYPE_CHECKING:
    from scipy.sparse import csr_array

PHENOTYPIC_ABNORMALITY = "HP:0000118"
MODE_OF_INHERITANCE = "HP:0000005"
INHERITANCE_QUALIFIER = "HP:0034335"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# "Cystic kidney" EXACT layperson []
_EXACT_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s+EXACT\s+(\S*)')


@dataclass(frozen=True)
class Ontology:
    """The terms of an ontology that are not obsolete.

    Attributes:
        version: release, e.g. `2025-01-16`.
        labels: term id to label, without obsolete terms.
        parents: term id to the ids of its parents (`is_a`).
        synonyms: term id to its exact synonyms, without obsolete ones.
        replaced: alternative or obsolete id to the ids that replace it, in the order of the file.
        obsolete: id of each obsolete term to the ids to consider instead, which may be none.
    """

    version: str
    labels: Mapping[str, str]
    parents: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, tuple[str, ...]]
    replaced: Mapping[str, tuple[str, ...]]
    obsolete: Mapping[str, tuple[str, ...]]

    def ancestors(self, term_id: str) -> set[str]:
        """Return the term and all its ancestors; cycles in the file are harmless."""
        seen = {term_id}
        stack = [term_id]
        while stack:
            for parent in self.parents.get(stack.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return seen

    def descendants(self, root: str) -> frozenset[str]:
        """Return the root and all its descendants."""
        children: dict[str, list[str]] = {}
        for term_id, parents in self.parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(term_id)
        seen = {root}
        stack = [root]
        while stack:
            for child in children.get(stack.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return frozenset(seen)

    def replacements(self, term_id: str) -> frozenset[str]:
        """Return the current ids that a term may stand for: itself, or the ends of its chains.

        More than one means that the file does not decide; none means unknown, obsolete without a
        replacement, or replaced in a circle.
        """
        seen = {term_id}
        stack = [term_id]
        ends: set[str] = set()
        while stack:
            now = stack.pop()
            if now in self.labels:
                ends.add(now)
                continue
            onward = [found for found in self.replaced.get(now, ()) if found not in seen]
            seen.update(onward)
            stack.extend(onward)
        return frozenset(ends)

    def current_id(self, term_id: str) -> str | None:
        """Return the current id of a term, or None when there is not exactly one."""
        ends = self.replacements(term_id)
        return next(iter(ends)) if len(ends) == 1 else None

    def table(self, term_ids: Iterable[str]) -> pd.DataFrame:
        """Return `term_id` and `label` of terms that are not obsolete, sorted."""
        ordered = sorted(term_ids)
        labels = [self.labels[term_id] for term_id in ordered]
        return pd.DataFrame({"term_id": ordered, "label": labels}, dtype="str")

    def phenotype_table(self, term_ids: Iterable[str]) -> pd.DataFrame:
        """Return the `table` of some terms and all modes of inheritance."""
        return self.table({*term_ids, *self.descendants(MODE_OF_INHERITANCE) & set(self.labels)})

    def closure(
        self, term_ids: Iterable[str], scope: frozenset[str]
    ) -> tuple[csr_array, list[str]]:
        """Return which terms are ancestors of which, as a 0/1 matrix.

        Args:
            term_ids: m terms, the rows.
            scope: the ancestors to keep.

        Returns:
            A matrix of shape (m, q) of int32 and the q ancestors, sorted, which are its columns.
        """
        from scipy.sparse import csr_array

        above = [self.ancestors(term_id) & scope for term_id in term_ids]
        columns = sorted(set().union(*above))
        position = {term_id: index for index, term_id in enumerate(columns)}
        indices = [position[term_id] for terms in above for term_id in sorted(terms)]
        indptr = np.cumsum([0, *(len(terms) for terms in above)])
        ones = np.ones(len(indices), dtype=np.int32)
        return csr_array((ones, indices, indptr), shape=(len(above), len(columns))), columns


def load_ontology(path: Path) -> Ontology:
    """Read an OBO file (`.obo` or `.obo.gz`); the last two are cached.

    Raises:
        InputError: `CA-210` when the file cannot be read, `CA-211` when it is not UTF-8, `CA-218`
            when it has no term.
    """
    try:
        stat = path.stat()
        return _load(path, stat.st_mtime_ns, stat.st_size)
    except UnicodeDecodeError as error:
        raise InputError("CA-211", f"`{path}` is not UTF-8", path=str(path)) from error
    except NotText as error:
        raise InputError("CA-210", f"`{path}` {error}", path=str(path)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("CA-210", f"`{path}` cannot be read: {error}", path=str(path)) from error


@lru_cache(maxsize=2)
def _load(path: Path, _mtime_ns: int, _size: int) -> Ontology:
    with open_text(path) as lines:
        return parse_obo(lines, str(path))


@dataclass(slots=True)
class _Stanza:
    """The `[Term]` that is being read."""

    id: str = ""
    name: str = ""
    obsolete: bool = False
    consider: list[str] = field(default_factory=list)


def parse_obo(lines: Iterable[str], where: str) -> Ontology:
    """Parse the lines of an OBO file.

    Raises:
        InputError: `CA-218` when there is no `[Term]` with `id` and `name`.
    """
    builder = _Builder()
    for line in lines:
        builder.take(line.rstrip("\r\n"))
    builder.close()
    if not builder.labels:
        raise InputError(
            "CA-218", f"`{where}` is not an OBO file: it has no `[Term]` with `id` and `name`"
        )
    labels = builder.labels
    return Ontology(
        builder.version,
        labels,
        {term: tuple(up) for term, up in builder.parents.items() if term in labels},
        {term: tuple(words) for term, words in builder.synonyms.items() if term in labels},
        {old: tuple(dict.fromkeys(new)) for old, new in builder.replaced.items()},
        builder.obsolete,
    )


class _Builder:
    """Collects terms line by line."""

    def __init__(self) -> None:
        self.version = "unknown"
        self.labels: dict[str, str] = {}
        self.parents: dict[str, list[str]] = {}
        self.synonyms: dict[str, list[str]] = {}
        self.replaced: dict[str, list[str]] = {}
        self.obsolete: dict[str, tuple[str, ...]] = {}
        self._term: _Stanza | None = None
        self._header = True

    def take(self, line: str) -> None:
        """Process one line."""
        if line.startswith("["):
            self.close()
            self._header = False
            self._term = _Stanza() if line == "[Term]" else None
            return
        tag, _, value = line.partition(": ")
        if self._header and tag == "data-version":
            # a bare date, or one within a path such as `hp/releases/2025-01-16/hp-base.owl`
            date = _DATE.search(value)
            self.version = date[0] if date else clean_label(value).rsplit("/", 1)[-1]
        elif self._term is not None:
            self._tag(self._term, tag, value)

    def _tag(self, term: _Stanza, tag: str, value: str) -> None:
        match tag:
            case "id":
                term.id = _first_word(value)
            case "name":
                term.name = _unescape(value)
            case "is_a":
                self.parents.setdefault(term.id, []).append(_first_word(value))
            case "alt_id":
                self.replaced.setdefault(_first_word(value), []).append(term.id)
            case "synonym":
                self._synonym(term.id, value)
            case "is_obsolete":
                term.obsolete = value.strip() == "true"
            case "replaced_by":
                self.replaced.setdefault(term.id, []).append(_first_word(value))
            case "consider":
                term.consider.append(_first_word(value))

    def _synonym(self, term_id: str, value: str) -> None:
        match = _EXACT_SYNONYM.match(value)
        if match and match[2] != "obsolete_synonym":
            self.synonyms.setdefault(term_id, []).append(_unescape(match[1]))

    def close(self) -> None:
        """Finish the current stanza."""
        term, self._term = self._term, None
        if term is None or not term.id:
            return
        if term.obsolete:
            self.obsolete[term.id] = tuple(dict.fromkeys(term.consider))
        elif term.name:
            self.labels[term.id] = term.name


def _first_word(value: str) -> str:
    return value.split(None, 1)[0] if value.strip() else ""


def _unescape(value: str) -> str:
    return clean_label(value.replace('\\"', '"').replace("\\\\", "\\"))
