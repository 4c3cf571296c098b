"""What a data source has to know. `Settings` inherits these fields; nothing here reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, field_validator

from cluster_assets.addresses import check_database_url
from cluster_assets.errors import SettingsError

SourceName = Literal["hpo", "files", "sql"]


def _split_paths(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(Path(part.strip()) for part in value.split(",") if part.strip())


def _readable_url(value: SecretStr) -> SecretStr:
    check_database_url(value.get_secret_value())
    return value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_readable_url)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_split_paths)]


class SourceConfig(BaseModel, frozen=True, extra="forbid"):
    """Where the data comes from; each field is the setting of the same name."""

    source: SourceName = Field(default="hpo", description="where the data comes from")
    phenotype_terms: Literal["prevalence", "clinical"] = Field(
        default="prevalence", description="all terms of 5-95 % prevalence, or the 39 clinical terms"
    )
    hgnc_file: Path | None = Field(
        default=None, description="HGNC complete set: maps ids and aliases"
    )
    obo_file: Path | None = Field(default=None, description="your own `hp.obo`")
    hpoa_file: Path | None = Field(default=None, description="your own `phenotype.hpoa`")
    genes_to_phenotype_file: Path | None = Field(
        default=None, description="your own `genes_to_phenotype.txt`"
    )
    hpo_root: str = Field(
        default="HP:0012759",
        description="source `hpo`: only diseases with this term or a descendant of it",
    )
    hpo_neighbours: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="source `hpo`: neighbours of a gene by HPO similarity",
    )
    uncertain: Literal["absent", "present"] = Field(
        default="absent",
        description="how to count rows that say `uncertain`, `possible` or `not tested`",
    )
    data_release: str | None = Field(
        default=None, description="release of your own tables, shown with every summary"
    )
    genes_file: Path | None = Field(default=None, description="source `files`: genes")
    genes_filter: str | None = Field(
        default=None,
        description="`column=value`: only genes with the value in that column (several values in"
        " one cell are separated by `|`)",
    )
    interactions_files: Paths = Field(
        default=(),
        description="interactions, as tables or STRING links; separate several with commas",
    )
    interaction_label: str | None = Field(
        default=None, description="what an interaction in your tables is, in words for readers"
    )
    string_channels: str = Field(
        default="experiments,database",
        description="channels of STRING `links.detailed` that count, or `combined`",
    )
    string_min_score: int = Field(
        default=400, ge=0, le=1000, description="lowest STRING score that makes an interaction"
    )
    string_info_file: Path | None = Field(
        default=None, description="STRING `protein.info`; looked for next to the links when not set"
    )
    annotations_files: Paths = Field(
        default=(),
        description="gene-term rows, as tables, GMT or STRING terms; separate several with commas",
    )
    terms_file: Path | None = Field(default=None, description="source `files`: labels of the terms")
    entities_file: Path | None = Field(default=None, description="source `files`: disease entities")
    entity_phenotypes_file: Path | None = Field(
        default=None, description="source `files`: terms recorded for the entities"
    )
    sql_url: DatabaseUrl | None = Field(default=None, description="source `sql`: SQLAlchemy URL")
    sql_genes: str | None = Field(default=None, description="source `sql`: query for genes")
    sql_interactions: str | None = Field(
        default=None, description="source `sql`: query for interactions"
    )
    sql_annotations: str | None = Field(
        default=None, description="source `sql`: query for gene-term rows"
    )
    sql_terms: str | None = Field(
        default=None, description="source `sql`: query for labels of terms"
    )
    sql_entities: str | None = Field(default=None, description="source `sql`: query for entities")
    sql_entity_phenotypes: str | None = Field(
        default=None, description="source `sql`: query for the terms of the entities"
    )

    @field_validator("genes_filter")
    @classmethod
    def _readable_filter(cls, value: str | None) -> str | None:
        """Refuse a malformed filter, which would let every gene pass."""
        column, equals, wanted = (value or "all=all").partition("=")
        if not (column.strip() and equals and wanted.strip()):
            raise SettingsError(
                "CA-121",
                f"`CLUSTER_ASSETS_GENES_FILTER` is {value!r}; it must be `column=value`,"
                " e.g. `ndd_lists=SysNDD`",
            )
        return value

    @property
    def channels(self) -> tuple[str, ...]:
        """The STRING channels as a tuple."""
        parts = (part.strip() for part in self.string_channels.split(","))
        return tuple(part for part in parts if part)

    @property
    def filter_column(self) -> str | None:
        """The column that the gene filter looks at."""
        return None if self.genes_filter is None else self.genes_filter.partition("=")[0].strip()

    @property
    def filter_value(self) -> str | None:
        """The value that the gene filter looks for."""
        return None if self.genes_filter is None else self.genes_filter.partition("=")[2].strip()
