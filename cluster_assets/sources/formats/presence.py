"""Whether a row says that something is present, absent or uncertain.

Every column that qualifies a row (`QUALIFYING`) has a closed vocabulary: the words that HPO,
Orphanet, ClinGen, GO annotation files, phenopackets and curated tables use, and numbers in any
form. A cell may hold several of them (`NOT|involved_in`, `Excluded (0%)`). A cell that says both
present and absent, or has an unknown word, is a problem: a misread absence would appear in a text
as its opposite.

A row that says absent in any column is left out, whatever its other columns say. An uncertain row
(`possible`, `not tested`, `0/0`) is left out too, because texts state what they name as fact; the
setting `UNCERTAIN=present` counts it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.notices import Notice, about_rows
from cluster_assets.sources.problems import Problem, Problems

Uncertain = Literal["absent", "present"]
State = Literal["present", "absent", "uncertain", "silent"]

_STRONGEST: tuple[State, ...] = ("absent", "uncertain", "present")
# The columns and their accepted names
QUALIFYING: Mapping[str, Sequence[str]] = {
    "qualifier": ("qualifier", "qualifiers"),
    "modifier": ("modifier", "modifiers"),
    "presence": ("presence", "present", "is_present", "observed", "assertion"),
    "excluded": ("excluded", "is_excluded", "negated", "is_negated", "negation", "absent"),
    "frequency": ("frequency", "frequency_id", "hpo_frequency", "frequency_term"),
    "evidence": ("evidence", "evidence_code", "evidence_codes"),
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.strip().replace("\n", "|").split("|"))


# Relations of GO annotation files; a preceding `not` negates them
_RELATIONS = _words("""
enables|contributes to|involved in|acts upstream of|acts upstream of or within
acts upstream of positive effect|acts upstream of negative effect
acts upstream of or within positive effect|acts upstream of or within negative effect
located in|part of|is active in|colocalizes with
""")
# Missing values, and evidence codes
_SILENT = _words("""
na|n/a|nan|null|.
exp|ida|ipi|imp|igi|iep|htp|hda|hmp|hgi|hep|iba|ibd|ikr|ird|iss|iso|isa|ism|igc|rca|tas|nas|ic
iea|pcs|ice|curated|literature|experimental|computational|inferred
""")
_PRESENT = _words("""
present|presence|yes|y|true|t|positive|pos|observed|affected|found|seen|detected|reported|recorded
confirmed|included|+|++|+++|x
obligate|hallmark|always|constant|very frequent|frequent|very common|common|usual|usually|typical
characteristic|most|many|often|majority|some|several|sometimes|occasional|occasionally|few|minority
uncommon|infrequent|rare|rarely|very rare|ultra rare|variable|variably
mild|moderate|severe|profound|borderline|progressive|nonprogressive|non progressive|recurrent
episodic|transient|acute|chronic|congenital|unilateral|bilateral|left|right|proximal|distal
generalized|localized
definitive|strong|supportive|limited
""")
_ABSENT = _words("""
not|no|n|f|false|absent|absence|negative|neg|excluded|exclude|excludes|exclusion|ruled out|denied
not present|not observed|not found|not seen|not detected|not affected|not included|not noted
unaffected|never|nil|zero|lacking|lacks|without
refuted|refuted evidence|no known disease relationship|no reported evidence|no evidence
""")
_UNCERTAIN = _words("""
uncertain|unsure|unclear|unknown|possible|possibly|probable|probably|likely|unlikely|suspected
presumed|putative|questionable|doubtful|equivocal|inconclusive|indeterminate|ambiguous|unconfirmed
conflicting|conflicting evidence|disputed|disputed evidence|animal model only|maybe|?|+/-|±
not known|not recorded|not reported|not tested|not assessed|not examined|not evaluated|not confirmed
not determined|not done|not applicable|not available|not specified|not excluded|cannot be excluded
""")
_WORDS: Mapping[str, State] = {
    **dict.fromkeys(_SILENT | _RELATIONS, "silent"),
    **dict.fromkeys(_PRESENT, "present"),
    **dict.fromkeys({*_ABSENT, *(f"not {relation}" for relation in _RELATIONS)}, "absent"),
    **dict.fromkeys(_UNCERTAIN, "uncertain"),
}
# Words with another meaning in one column: a phenotype of unknown frequency is present.
# `-` and `none` elsewhere may mean `absent` or nothing at all, so they are asked about.
_WORDS_OF: Mapping[str, Mapping[str, State]] = {
    "frequency": {
        "none": "absent",
        **dict.fromkeys(("-", "unknown", "not known", "not reported", "not specified"), "silent"),
    },
    "evidence": {"-": "silent", "nd": "uncertain"},
}
# A column that is named after absence holds yes or no; nothing else is accepted there
_NEGATED: Mapping[str, State] = {
    **dict.fromkeys(_words("yes|y|true|t|1|1.0|x|excluded|negated|absent|not"), "absent"),
    **dict.fromkeys(_words("no|n|false|f|0|0.0|present|included|not excluded"), "present"),
    **dict.fromkeys(_words("unknown|uncertain|?"), "uncertain"),
    **dict.fromkeys(_words("|na|n/a|nan|null|."), "silent"),
}
ABSENT = "rows that say absent (`NOT`, `0/n`, HP:0040285 ...), left out"
_EXCLUDED_TERM = "HP:0040285"
_FREQUENCY_TERMS = frozenset(f"HP:004028{digit}" for digit in range(5))
_NO_DATA = frozenset({"ECO:0000035", "ECO:0000307"})  # GO's `ND`
_TERM = re.compile(r"(?:https?://\S+/)?(HP|ECO)[:_](\d{7})", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:pmid|doi|omim|orpha|isbn(?:-1[03])?): ?\S+|https?://\S+")
_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?"
_OF = r"(?:/|⁄|\bout of\b|\bof\b|\bin\b)"
_PEOPLE = r"(?:patients?|cases?|individuals?|subjects?|probands?|people|persons?|families|affected)"
_NUMERIC = re.compile(
    rf"(?:n ?= ?)?(?P<sign><=|>=|[<>=~≤≥≈])? ?(?P<first>{_NUMBER}) ?[%‰]?"
    rf"(?: ?(?P<of>{_OF}|-|–|—|to) ?[<>~≤≥≈]? ?(?P<second>{_NUMBER}) ?[%‰]?)?"
    rf" ?(?:percent|per cent|pct)?(?: ?{_PEOPLE})?"
)
_ZERO_WORD = re.compile(rf"\b(?:zero|none|nil|no)(?= (?:{_OF}|percent|per cent|{_PEOPLE}))")
_SEPARATORS = (re.compile(r"[|;()\[\]]+"), re.compile(","))


@dataclass(frozen=True, slots=True)
class Assertions:
    """What the rows of a table say.

    Attributes:
        counts: whether each row counts as present.
        notices: how many rows do not count, and why.
    """

    counts: np.ndarray
    notices: tuple[Notice, ...]


def read_assertions(table: Table, uncertain: Uncertain, problems: Problems) -> Assertions:
    """Return which rows of a table count as present.

    Args:
        table: with any of the columns in `QUALIFYING`.
        uncertain: how to count uncertain rows.
        problems: receives each unknown word, with the number of rows that have it.
    """
    n_rows = len(table.frame)
    absent, unsure = np.zeros(n_rows, dtype=bool), np.zeros(n_rows, dtype=bool)
    for column in QUALIFYING:
        if column not in table.frame:
            continue
        codes, values = pd.factorize(table.frame[column])
        states = [state_of(str(value), column) for value in values]
        for code, state in enumerate(states):
            if state is None:
                _report(table, column, np.flatnonzero(codes == code), problems)
        absent |= np.array([state == "absent" for state in states], dtype=bool)[codes]
        unsure |= np.array([state == "uncertain" for state in states], dtype=bool)[codes]
    unsure &= ~absent
    left_out = absent | unsure if uncertain == "absent" else absent
    return Assertions(~left_out, _notices(table.where, absent, unsure, uncertain))


def state_of(cell: str, column: str) -> State | None:
    """Return what a cell says; None when it is unknown or contradicts itself.

    Args:
        cell: the text as written.
        column: one of `QUALIFYING`.
    """
    text = clean_label(cell, limit=None).lower()
    if column == "excluded":
        return _NEGATED.get(text)
    states = _states_in(text, column)
    if None in states or {"present", "absent"} <= states:
        return None
    for state in _STRONGEST:
        if state in states:
            return state
    return "silent"


def _states_in(text: str, column: str) -> set[State | None]:
    """Return what a text says as a whole, else what each of its parts says."""
    state = _state_of_part(text, column)
    if state is not None:
        return {state}
    for separator in _SEPARATORS:  # a comma last: `0,0 %` is one number
        parts = [part.strip() for part in separator.split(text)]
        if len(parts) > 1:
            return {state for part in parts if part for state in _states_in(part, column)}
    return {None}


def _state_of_part(text: str, column: str) -> State | None:
    if match := _TERM.fullmatch(text):
        return _state_of_term(f"{match[1].upper()}:{match[2]}", column)
    if not text or _REFERENCE.fullmatch(text):
        return "silent"
    words = " ".join(text.replace("_", " ").split())
    for phrase in (words, words.replace("-", " ")):
        state = _WORDS_OF.get(column, {}).get(phrase) or _WORDS.get(phrase)
        if state is not None:
            return state
    return _state_of_number(words)


def _state_of_term(term_id: str, column: str) -> State | None:
    """Return what an id says: an HPO frequency, or elsewhere a clinical modifier (silent)."""
    if term_id == _EXCLUDED_TERM:
        return "absent"
    if term_id in _FREQUENCY_TERMS:
        return "present"
    if term_id in _NO_DATA:
        return "uncertain"
    return None if column == "frequency" else "silent"


def _state_of_number(text: str) -> State | None:
    """Return what a proportion or count says: `0/12`, `0 of 12`, `0,0 %`, `<1%`, `4-1%`, `12`."""
    match = _NUMERIC.fullmatch(_ZERO_WORD.sub("0", text))
    if match is None:
        return None
    first, second = _number(match["first"]), _number(match["second"] or "1")
    if min(first, second) < 0:
        return None
    if match["of"] in {"-", "–", "—", "to"}:
        return _state_of_range(*sorted((first, second)))
    if second == 0:  # nobody was examined
        return "uncertain" if first == 0 else None
    if first > 0 or match["sign"] == ">":
        return "present"
    return None if match["sign"] in {"<", ">=", "≥"} else "absent"


def _state_of_range(low: float, high: float) -> State:
    if high == 0:
        return "absent"
    return "present" if low > 0 else "uncertain"


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _report(table: Table, column: str, rows: np.ndarray, problems: Problems) -> None:
    """Add a problem for one unknown word: the number of rows that have it, and the first few."""
    value = str(table.frame[column].iloc[int(rows[0])])
    places = table.places([int(row) for row in rows[:5]])
    unit = "row" if table.path is None else "line"
    shown = ", ".join(str(places[row]) for row in sorted(places))
    more = " ..." if len(rows) > len(places) else ""
    what = (
        f"in {len(rows):,} rows ({unit} {shown}{more}) may mean present or absent; write `present`,"
        " `absent`, `uncertain` or a frequency such as `0/12`, or leave it empty"
    )
    name = table.names.get(column, column)
    problems.add(Problem("value", table.where, what, column=name, value=value))


def _notices(
    where: str, absent: np.ndarray, unsure: np.ndarray, uncertain: Uncertain
) -> tuple[Notice, ...]:
    n_absent, n_unsure, total = int(absent.sum()), int(unsure.sum()), len(absent)
    if not n_absent + n_unsure:
        return ()
    what = {
        "absent": "left out; CLUSTER_ASSETS_UNCERTAIN=present counts them",
        "present": "counted as present; CLUSTER_ASSETS_UNCERTAIN=absent leaves them out",
    }[uncertain]
    present = "rows that say present, or nothing to the contrary"
    return (
        *about_rows("present", where, present, total - n_absent - n_unsure, total),
        *about_rows("excluded", where, ABSENT, n_absent, total),
        *about_rows("uncertain", where, f"rows that are uncertain, {what}", n_unsure, total),
    )
