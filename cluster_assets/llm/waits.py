"""How long a provider asks to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RETRY_DELAY = re.compile(r"retryDelay\W{1,6}(\d+(?:\.\d+)?)s")
_TRY_AGAIN = re.compile(r"try again in (?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(ms|s))?", re.I)


def retry_after_s(headers: Mapping[str, str], text: str) -> float | None:
    """Return the wait that the provider asks for, None if it names none.

    Read from `Retry-After` (seconds or a date), `retry-after-ms`, Gemini's `retryDelay` and
    OpenAI's "try again in 1.2s".
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    if (seconds := _header_seconds(headers.get("retry-after", "").strip())) is not None:
        return seconds
    if delay := _RETRY_DELAY.search(text):
        return float(delay[1])
    if (again := _TRY_AGAIN.search(text)) and (again[1] or again[2]):
        unit = 0.001 if again[3] == "ms" else 1.0
        return 60 * float(again[1] or 0) + unit * float(again[2] or 0)
    return None


def _header_seconds(value: str) -> float | None:
    if _NUMBER.fullmatch(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
