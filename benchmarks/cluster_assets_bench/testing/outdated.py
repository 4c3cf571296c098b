"""Model names in this repository that retire soon, by the price map of litellm: `make outdated`.

Not among the tests: they must not begin to fail on a day.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
AHEAD = timedelta(days=60)
_PROVIDERS = ("openai", "anthropic", "gemini")
# A name with its provider, or one that begins like those of the three
_NAME = re.compile(
    rf"\b(?:(?P<provider>{'|'.join(_PROVIDERS)})/[\w.:-]*\w|(?:gpt|claude|gemini)-[\w.-]*\w)"
)
_DATED = re.compile(r"-20\d\d-?\d\d-?\d\d")
_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".example", ".json", ".graphql"}


@dataclass(frozen=True, slots=True)
class Retiring:
    """A model name and the day on which the model retires."""

    path: str
    line: int
    name: str
    retires: date

    def __str__(self) -> str:
        """Return one line for a person."""
        return f"{self.path}:{self.line}: {self.name} retires on {self.retires}"


def retirements(price_map: Mapping[str, Mapping[str, Any]]) -> dict[str, date]:
    """Return when each model of the three providers retires, by its name without provider.

    A name without a date retires with the last of its dated versions.
    """
    own: dict[str, date] = {}
    versions: dict[str, list[date | None]] = {}
    for key, entry in price_map.items():
        if entry.get("litellm_provider") not in _PROVIDERS:
            continue
        name, text = key.rpartition("/")[2], entry.get("deprecation_date")
        day = date.fromisoformat(str(text)) if text else None
        if day is not None:
            own[name] = day
        if _DATED.search(name):
            versions.setdefault(_DATED.sub("", name), []).append(day)
    for name, days in versions.items():
        known = [day for day in days if day is not None]
        if name not in own and len(known) == len(days):
            own[name] = max(known)
    return own


def find_retiring(
    files: Iterable[tuple[str, str]], retires: Mapping[str, date], today: date
) -> Iterator[Retiring]:
    """Yield every name in the texts of files (path, text) whose model retires within 60 days."""
    for path, text in files:
        for number, line in enumerate(text.splitlines(), 1):
            for match in _NAME.finditer(line):
                day = retires.get(match[0].rpartition("/")[2])
                if day is not None and day <= today + AHEAD:
                    yield Retiring(path, number, match[0], day)


def repository_files(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files that git knows, without the changes of the past."""
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 - whichever git the developer has
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = root / name
        if path.suffix in _SUFFIXES and path.name != "CHANGELOG.md" and path.is_file():
            yield name, path.read_text("utf-8", errors="replace")


def main() -> None:
    """List them; exit 1 when there are any."""
    from cluster_assets.llm.litellm_client import import_litellm

    price_map = import_litellm().model_cost
    today = datetime.now(UTC).date()
    found = list(find_retiring(repository_files(), retirements(price_map), today))
    sys.stdout.writelines(f"{item}\n" for item in found)
    if found:
        sys.exit(1)
    sys.stdout.write(f"No model named here retires before {today + AHEAD}.\n")


if __name__ == "__main__":
    main()
