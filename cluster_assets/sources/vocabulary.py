"""The official words that the checks know: labels and synonyms of terms, gene symbols and aliases.

HPO: phenotypic abnormalities and modes of inheritance, without obsolete terms. Other terms: the
user's table of terms, else the GMT files; HPO's labels take precedence. Genes: the HGNC table when
one is set, else the symbols of the source's own genes, without aliases.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cluster_assets.core.models import Vocabulary
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded.hpo_files import hpo_files
from cluster_assets.sources.formats.gmt import is_gmt, read_gmt
from cluster_assets.sources.formats.hgnc import load_hgnc
from cluster_assets.sources.formats.obo import (
    MODE_OF_INHERITANCE,
    PHENOTYPIC_ABNORMALITY,
    load_ontology,
)
from cluster_assets.sources.ids import is_missing, spelled
from cluster_assets.sources.problems import Problems
from cluster_assets.sources.tables import open_tables


def load_vocabulary(config: SourceConfig) -> Vocabulary:
    """Return the vocabulary of a configuration; the last one is cached.

    Raises:
        InputError: `CA-210` to `CA-219` when a file cannot be used.
    """
    named = (config.hgnc_file, config.genes_to_phenotype_file, config.genes_file)
    tables = (config.terms_file, config.entities_file, *config.annotations_files)
    files = (hpo_files(config).obo, *named, *tables)
    return _load(config, tuple(_stamp(path) for path in files))


def embedded_vocabulary() -> Vocabulary:
    """Return the vocabulary of the embedded HPO release, for checks that are given none."""
    return load_vocabulary(SourceConfig())


@lru_cache(maxsize=1)
def _load(config: SourceConfig, _stamps: tuple[int, ...]) -> Vocabulary:
    ontology = load_ontology(hpo_files(config).obo)
    terms = ontology.descendants(PHENOTYPIC_ABNORMALITY) | ontology.descendants(MODE_OF_INHERITANCE)
    labels = {
        **_own_labels(config),
        **{term_id: label for term_id, label in ontology.labels.items() if term_id in terms},
    }
    synonyms = {term_id: words for term_id, words in ontology.synonyms.items() if term_id in terms}
    if config.hgnc_file is None:
        return Vocabulary(labels, synonyms, open_source(config).symbols(), aliases={})
    hgnc = load_hgnc(config.hgnc_file)
    aliases = {
        word: hgnc.by_previous.get(word, frozenset()) | hgnc.by_alias.get(word, frozenset())
        for word in {**hgnc.by_previous, **hgnc.by_alias}
    }
    return Vocabulary(labels, synonyms, hgnc.by_symbol, aliases, hgnc.names)


def _own_labels(config: SourceConfig) -> dict[str, str]:
    """Return the labels in the user's own table of terms; the first label of a term wins.

    HPO terms are left to the ontology, which knows which are obsolete. Invalid values are reported
    when the table is read for a clustering.
    """
    if config.source == "hpo":
        return {}
    tables = open_tables(config)
    problems = Problems()
    frames = [table.frame for table in tables.read("terms", problems)]
    if not frames and config.source == "files":
        read = (read_gmt(path, problems) for path in config.annotations_files if is_gmt(path))
        frames = [t.frame[["term_id", "label"]].drop_duplicates() for t in read if t is not None]
    problems.stop_if_any()
    labels: dict[str, str] = {}
    for frame in frames:
        for written, label in zip(frame["term_id"], frame["label"], strict=True):
            term_id = spelled(str(written))
            if not (
                term_id.startswith("HP:") or label.startswith("obsolete ") or is_missing(label)
            ):
                labels.setdefault(term_id, label.strip())
    return labels


def _stamp(path: Path | None) -> int:
    """Return when a file was last modified, so that a long-lived process notices a new one."""
    return path.stat().st_mtime_ns if path is not None and path.is_file() else 0
