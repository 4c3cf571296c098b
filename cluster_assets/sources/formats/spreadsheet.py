"""Gene symbols that a spreadsheet turned into dates or numbers, and what they may have been.

`MARCH1` becomes `1-Mar`, `2022-03-01` or 44621; `2310009E13` becomes `2.31E+19`. Several symbols
can end as the same date (`MARCH1` and `MARC1`), so only a table of genes can tell whether the
original is certain. Source: Ziemann et al. 2016, https://doi.org/10.1186/s13059-016-1044-7.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

DAMAGED = "looks like a gene symbol that a spreadsheet turned into a date or a number"
_MONTHS = {
    **dict.fromkeys(("jan", "ene"), 1),
    **dict.fromkeys(("feb", "fev"), 2),
    **dict.fromkeys(("mar", "mrz", "mär"), 3),
    **dict.fromkeys(("apr", "avr", "abr"), 4),
    **dict.fromkeys(("may", "mai"), 5),
    "jun": 6,
    "jul": 7,
    **dict.fromkeys(("aug", "ago"), 8),
    **dict.fromkeys(("sep", "set"), 9),
    **dict.fromkeys(("oct", "okt", "out"), 10),
    "nov": 11,
    **dict.fromkeys(("dec", "dez", "dic"), 12),
}
_STEMS = (
    (),
    ("JAN",),
    ("FEB",),
    ("MARCH", "MARC", "MAR"),
    ("APR",),
    ("MAY",),
    ("JUN",),
    ("JUL",),
    ("AUG",),
    ("SEPT", "SEP"),
    ("OCT",),
    ("NOV",),
    ("DEC",),
)
# Spreadsheets do not write months in capitals, so `OCT-4` is a symbol and `Oct-4` is a date.
_MONTH = r"([A-Za-z][a-zä]{2})[a-z]*\.?"
_DAY_MONTH = re.compile(rf"(\d{{1,2}})\.?[-/. ]{_MONTH}(?:[-/. ]+\d{{2,4}})?")
_MONTH_DAY = re.compile(rf"{_MONTH}[-/. ](\d{{1,2}})(?:[-/., ]+\d{{2,4}})?")
_ISO = re.compile(r"\d{4}-(\d{2})-(\d{2})(?:[T ][\d:.]+)?")
_NUMERIC = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_POWER = re.compile(r"\d(?:[.,](\d+))?E\+\d+", re.IGNORECASE)
_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)  # 1954 to 2119


def is_damaged(symbol: str) -> bool:
    """Return whether a symbol is a date or a bare number."""
    text = symbol.strip()
    return bool(_NUMBER.fullmatch(text) or _POWER.fullmatch(text) or _dates(text))


def originals(symbol: str) -> tuple[str, ...]:
    """Return the symbols that a date or serial number may have been."""
    return tuple(
        f"{stem}{day}" for month, day in sorted(_dates(symbol.strip())) for stem in _STEMS[month]
    )


def as_power(symbol: str, like: str) -> str | None:
    """Return a symbol such as `2310009E13` as a spreadsheet shows it, with the digits of `like`.

    None when `like` is not such a number.
    """
    match = _POWER.fullmatch(like.strip())
    return f"{float(symbol):.{len(match[1] or '')}E}" if match else None


def _dates(text: str) -> set[tuple[int, int]]:
    """Return the months and days that a text may mean."""
    if match := _DAY_MONTH.fullmatch(text):
        found = {(_MONTHS.get(match[2].lower(), 0), int(match[1]))}
    elif match := _MONTH_DAY.fullmatch(text):
        found = {(_MONTHS.get(match[1].lower(), 0), int(match[2]))}
    elif match := _ISO.fullmatch(text):
        found = {(int(match[1]), int(match[2]))}
    elif match := _NUMERIC.fullmatch(text):
        # Day and month, in the order of one country or another.
        first, second = int(match[1]), int(match[2])
        found = {(first, second), (second, first)}
    elif text.removesuffix(".0").isdecimal() and int(text.removesuffix(".0")) in _SERIALS:
        day = _EPOCH + timedelta(days=int(text.removesuffix(".0")))
        found = {(day.month, day.day)}
    else:
        return set()
    return {(month, day) for month, day in found if 1 <= month <= 12 and 1 <= day <= 31}
