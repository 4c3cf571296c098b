"""The stamp of files: shows whether a source would read the same data again, without parsing it.

Parsing and joining 3 million annotations takes seconds; hashing the bytes of their files takes a
tenth of a second. A click on unchanged files therefore compares stamps. A database has no stamp:
only reading its rows shows whether they changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from cluster_assets.core.identity import fingerprint
from cluster_assets.errors import InputError
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded.hpo_files import hpo_files
from cluster_assets.sources.formats.string_db import info_beside

_PARSERS = ("pandas", "pyarrow")
_CODE = Path(__file__).parent


def stamp_files(config: SourceConfig) -> str | None:
    """Return the sha256 of everything that decides what is read: files, settings, reading code.

    File names count as well as contents, because STRING puts its release in the name. Modification
    times do not count: a file rewritten with the same bytes is the same file.

    Returns:
        The stamp; None when a file is missing or unreadable, which reading will report.
    """
    try:
        files = [[path.name, _digest(path)] for path in _files(config)]
        code = [_digest(path) for path in sorted(_CODE.rglob("*.py"))]
    except (OSError, InputError):
        return None
    return fingerprint(
        {
            "files": files,
            "settings": dict(_settings(config)),
            "code": code,  # so nobody has to remember to bump a version
            "versions": {name: version(name) for name in _PARSERS},
        }
    )


def _files(config: SourceConfig) -> Iterator[Path]:
    """Yield every file that the source may read, in the order of the settings."""
    for _, value in config:
        if isinstance(value, Path):
            yield value
        elif isinstance(value, tuple):
            yield from value
    for path in (*config.interactions_files, *config.annotations_files):
        info = info_beside(path)
        if info.is_file():
            yield info
    hpo = hpo_files(config)
    yield from (hpo.obo, hpo.hpoa, hpo.genes_to_phenotype)


def _settings(config: SourceConfig) -> Iterator[tuple[str, str]]:
    """Yield each setting as text, files by their name only; no query and no URL."""
    for name, value in config:
        if name.startswith("sql_") or value is None:
            continue
        if isinstance(value, Path):
            yield name, value.name
        elif isinstance(value, tuple):
            yield name, str([path.name for path in value])
        else:
            yield name, str(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
