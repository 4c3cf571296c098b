"""Which well-known file a file is, by its first line, so that a wrong one in a setting is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cluster_assets.sources.formats.gmt import is_gmt
from cluster_assets.sources.formats.text import first_line


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A well-known file.

    Attributes:
        start: how its first line starts.
        name: what it is, in words for messages.
        setting: the setting that takes it, without the prefix; empty when none does.
    """

    start: str
    name: str
    setting: str


_LINKS = KnownFile("protein1 protein2 ", "STRING's `protein.links`", "INTERACTIONS_FILES")
_WEB = KnownFile("#node1\tnode2\t", "STRING's export of a network", "INTERACTIONS_FILES")
_TERMS = KnownFile(
    "#string_protein_id\tcategory\t", "STRING's `protein.enrichment.terms`", "ANNOTATIONS_FILES"
)
_GMT = KnownFile("", "a file of gene sets (GMT)", "ANNOTATIONS_FILES")
_KNOWN = (
    _LINKS,
    _WEB,
    _TERMS,
    KnownFile("#string_protein_id\tpreferred", "STRING's `protein.info`", "STRING_INFO_FILE"),
    KnownFile("protein_external_id\tpreferred", "STRING's `protein.info`", "STRING_INFO_FILE"),
    KnownFile("#string_protein_id\talias\t", "STRING's `protein.aliases`", ""),
    KnownFile("format-version:", "an ontology (OBO)", "OBO_FILE"),
    KnownFile('#description: "HPO', "HPO's `phenotype.hpoa`", "HPOA_FILE"),
    KnownFile(
        "ncbi_gene_id\tgene_symbol\thpo_id",
        "HPO's `genes_to_phenotype.txt`",
        "GENES_TO_PHENOTYPE_FILE",
    ),
    KnownFile(
        "ncbi_gene_id\tgene_symbol\tassociation_type",
        "HPO's `genes_to_disease.txt`",
        "GENES_TO_PHENOTYPE_FILE",
    ),
)


def recognise(path: Path) -> KnownFile | None:
    """Return which well-known file this is, or None."""
    if is_gmt(path):
        return _GMT
    start = first_line(path)
    return next((known for known in _KNOWN if start.startswith(known.start)), None)


def is_links(path: Path) -> bool:
    """Return whether a file is STRING's `protein.links`."""
    return recognise(path) is _LINKS


def is_web_export(path: Path) -> bool:
    """Return whether a file is STRING's export of a network."""
    return recognise(path) is _WEB


def is_terms(path: Path) -> bool:
    """Return whether a file is STRING's `protein.enrichment.terms`."""
    return recognise(path) is _TERMS
