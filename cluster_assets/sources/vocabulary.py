"""The official words that the checks know: HPO labels and synonyms, gene symbols and aliases.

HPO: phenotypic abnormalities and modes of inheritance, obsolete terms left out. Genes: the HGNC
table when one is set, else the symbols of the source's own genes, which know no aliases.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cluster_assets.core.models import Vocabulary
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.hgnc import load_hgnc
from cluster_assets.sources.hpo_files import hpo_files
from cluster_assets.sources.obo import (
    MODE_OF_INHERITANCE,
    PHENOTYPIC_ABNORMALITY,
    load_ontology,
)


def load_vocabulary(config: SourceConfig) -> Vocabulary:
    """Return the vocabulary of a configuration; the last one stays in memory.

    Raises:
        InputError: `CA-210` to `CA-219` when a file cannot be used.
    """
    named = (config.hgnc_file, config.genes_to_phenotype_file, config.genes_file)
    files = (hpo_files(config).obo, *named, config.entities_file)
    return _load(config, tuple(_stamp(path) for path in files))


@lru_cache(maxsize=1)
def _load(config: SourceConfig, _stamps: tuple[int, ...]) -> Vocabulary:
    ontology = load_ontology(hpo_files(config).obo)
    terms = ontology.descendants(PHENOTYPIC_ABNORMALITY) | ontology.descendants(MODE_OF_INHERITANCE)
    labels = {term_id: label for term_id, label in ontology.labels.items() if term_id in terms}
    synonyms = {term_id: words for term_id, words in ontology.synonyms.items() if term_id in labels}
    if config.hgnc_file is None:
        return Vocabulary(labels, synonyms, open_source(config).symbols(), aliases={})
    hgnc = load_hgnc(config.hgnc_file)
    aliases = {
        word: hgnc.by_previous.get(word, frozenset()) | hgnc.by_alias.get(word, frozenset())
        for word in {**hgnc.by_previous, **hgnc.by_alias}
    }
    return Vocabulary(labels, synonyms, hgnc.by_symbol, aliases, hgnc.names)


def _stamp(path: Path | None) -> int:
    """Return when a file was changed last, so that a long-lived process sees a new one."""
    return path.stat().st_mtime_ns if path is not None and path.is_file() else 0
