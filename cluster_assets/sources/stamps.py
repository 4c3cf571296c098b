"""The stamp of files: whether a source would read what it read before, told without reading tables.

Parsing and joining 3 million annotations takes seconds, passing over the bytes of their files a
tenth of one. So a click on unchanged files compares stamps. A database has none: only its rows
tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

from cluster_assets.core.identity import fingerprint
from cluster_assets.errors import InputError
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.hpo_files import hpo_files
from cluster_assets.sources.string_db import info_beside

_PARSERS = ("pandas", "pyarrow")


def stamp_files(config: SourceConfig) -> str | None:
    """Return the sha256 of all that decides what is read: files, settings, the code that reads.

    Names count besides contents, as STRING's release stands in a file's name. The time of a file
    does not: a file that is written again with the same bytes is the same.

    Returns:
        The stamp; None when a file is missing or unreadable, which reading will report.
    """
    try:
        files = [[path.name, _digest(path)] for path in _files(config)]
        code = [_digest(path) for path in sorted(Path(__file__).parent.glob("*.py"))]
    except (OSError, InputError):
        return None
    return fingerprint(
        {
            "files": files,
            "settings": dict(_settings(config)),
            "code": code,  # nobody has to remember to raise a number
            "versions": {name: version(name) for name in _PARSERS},
        }
    )


def _files(config: SourceConfig) -> Iterator[Path]:
    """Yield every file that the source may read, in an order that follows from the settings."""
    for field in fields(config):
        value = getattr(config, field.name)
        if isinstance(value, Path):
            yield value
        elif field.name.endswith("_files"):
            yield from value
    for path in (*config.interactions_files, *config.annotations_files):
        info = info_beside(path)
        if info.is_file():
            yield info
    hpo = hpo_files(config)
    yield from (hpo.obo, hpo.hpoa, hpo.genes_to_phenotype)


def _settings(config: SourceConfig) -> Iterator[tuple[str, str]]:
    """Yield the settings in words; of a file, which part it plays. No query, and no URL."""
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name.startswith("sql_") or value is None:
            continue
        if isinstance(value, Path):
            yield field.name, value.name
        elif field.name.endswith("_files"):
            yield field.name, str([path.name for path in value])
        else:
            yield field.name, str(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
