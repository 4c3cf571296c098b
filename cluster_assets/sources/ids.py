"""What an id looks like: genes, diseases, terms.

Only the spelling is checked here; whether an id exists is checked against the tables. What kind of
id a column holds is decided by all its values together, because one value can be two things: `4297`
is a gene of NCBI or a damaged symbol, `P2RY10` a symbol or a protein.
Normalisation is left to `core.identity`, which owns the spelling that goes into a hash.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from cluster_assets.core.identity import normalise_curie
from cluster_assets.core.injection import hidden_characters
from cluster_assets.errors import InputError

_GENE = re.compile(r"(?:HGNC|NCBIGene):[1-9][0-9]*|ENSEMBL:ENSG[0-9]{11}")
_HPO = re.compile(r"HP:[0-9]{7}")
_ENSEMBL = re.compile(r"(?:ENSEMBL:)?(ENSG[0-9]{11})(?:\.[0-9]+)?", re.IGNORECASE)
_NUMBER = re.compile(r"([1-9][0-9]*)(?:\.0)?")
_NCBI_FLOAT = re.compile(r"(NCBIGene:[1-9][0-9]*)\.0")
_ORF = re.compile(r"C([0-9]+|X|Y)orf([0-9]+)", re.IGNORECASE)
# Kinds of gene ids, in words for messages; the first match wins.
_KINDS = {
    "HGNC ids": re.compile(r"HGNC:[0-9]+", re.IGNORECASE),
    "NCBI ids": re.compile(r"NCBIGene:[0-9]+(?:\.0)?", re.IGNORECASE),
    "Ensembl gene ids": _ENSEMBL,
    "Ensembl proteins or transcripts": re.compile(r"(?:[0-9]+\.)?ENS[PT][0-9]+(?:\.[0-9]+)?"),
    "bare numbers": _NUMBER,
    "UniProt accessions": re.compile(
        r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}"
    ),
    "symbols": re.compile(r"[A-Za-z][A-Za-z0-9@._-]{1,24}"),
}
OTHER_KIND = "ids of a kind that is not known here"
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


def usual_symbol(symbol: str) -> str:
    """Return a symbol in its usual case, which is mixed for `C9orf72` and its like."""
    match = _ORF.fullmatch(symbol)
    return f"C{match[1].upper()}orf{match[2]}" if match else symbol


def spelled_gene(value: str) -> str:
    """Return a gene id without Ensembl's version and without the `.0` of a number column."""
    if match := _ENSEMBL.fullmatch(value.strip()):
        return f"ENSEMBL:{match[1].upper()}"
    usual = spelled(value)
    match = _NCBI_FLOAT.fullmatch(usual)
    return match[1] if match else usual


def gene_speller(values: Iterable[str], prefix: str | None) -> Callable[[str], str]:
    """Return what spells the gene ids of a column.

    Args:
        values: the distinct values of the column.
        prefix: what bare numbers are, e.g. `NCBIGene`; None when that is not known.
    """
    kind, n_such, n_all = commonest_kind(values)
    if prefix is not None and kind == "bare numbers" and 2 * n_such > n_all:

        def with_prefix(value: str) -> str:
            match = _NUMBER.fullmatch(value.strip())
            return f"{prefix}:{match[1]}" if match else spelled_gene(value)

        return with_prefix
    if kind == "Ensembl gene ids" and 2 * n_such > n_all:
        return spelled_gene
    return lambda value: spelled_gene(value) if ":" in value else value.strip()


def commonest_kind(values: Iterable[str]) -> tuple[str, int, int]:
    """Return the commonest kind of gene id, how many values are of it, and how many there are."""
    known = [value.strip() for value in values if value.strip()]
    counts = Counter(
        next((kind for kind, form in _KINDS.items() if form.fullmatch(value)), OTHER_KIND)
        for value in known
    )
    ((kind, count),) = counts.most_common(1) or [(OTHER_KIND, 0)]
    return kind, count, len(known)


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
