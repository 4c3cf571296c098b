"""What an id looks like: genes, diseases, terms.

Only the spelling is checked here; whether an id exists is checked against the tables.
Normalisation is left to `core.identity`, which owns the spelling that goes into a hash.
"""

from __future__ import annotations

import re

from cluster_assets.core.identity import normalise_curie
from cluster_assets.core.injection import hidden_characters
from cluster_assets.errors import InputError

_GENE = re.compile(r"(?:HGNC|NCBIGene):[1-9][0-9]*|ENSEMBL:ENSG[0-9]{11}")
_HPO = re.compile(r"HP:[0-9]{7}")
# A term comes from any ontology or library (`GO:0006836`, `R-HSA-73843`, a GMT set name).
_TERM = re.compile(r".{1,300}")

# What people and R write for a missing value; applies only where a value may be missing.
MISSING_WORDS = frozenset({"", "-", "na", "n/a", "nan", "null", "none"})


def spelled(value: str) -> str:
    """Return the usual spelling of an id, or the trimmed value when it is not a CURIE."""
    try:
        return normalise_curie(value)
    except InputError:
        return value.strip()


def is_curie(value: str) -> bool:
    """Return whether a value has the form `PREFIX:LOCAL`."""
    try:
        normalise_curie(value)
    except InputError:
        return False
    return True


def is_gene_id(value: str) -> bool:
    """Return whether a value is a gene id: `HGNC:5`, `NCBIGene:1` or `ENSEMBL:ENSG00000121410`."""
    return _GENE.fullmatch(value) is not None


def is_hpo_id(value: str) -> bool:
    """Return whether a value is an HPO id such as `HP:0001250`."""
    return _HPO.fullmatch(value) is not None


def is_term_id(value: str) -> bool:
    """Return whether a value can be the id of a term: one visible line, at most 300 characters."""
    return (
        _TERM.fullmatch(value) is not None and bool(value.strip()) and not hidden_characters(value)
    )


def is_missing(value: str) -> bool:
    """Return whether an optional value stands for "missing"."""
    return value.strip().lower() in MISSING_WORDS
