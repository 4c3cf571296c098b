"""HPO's disease annotations: `phenotype.hpoa` and the gene-disease pairs of `genes_to_phenotype`.

A row is evidence for a phenotype only when it says that the phenotype is present (`presence`):
qualifier `NOT`, frequency `0/n` and HP:0040285 (excluded) say the opposite. The file
`genes_to_phenotype.txt` includes such rows (788 `NOT` and 1,970 `0/n` in release 2025-01-16), so
only its gene-disease pairs are used; the phenotypes of a disease always come from
`phenotype.hpoa`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.sources.formats.obo import (
    INHERITANCE_QUALIFIER,
    MODE_OF_INHERITANCE,
    PHENOTYPIC_ABNORMALITY,
    Ontology,
)
from cluster_assets.sources.formats.presence import Uncertain, read_assertions
from cluster_assets.sources.formats.reading import require_table
from cluster_assets.sources.formats.table import Columns, Table, each, map_values
from cluster_assets.sources.ids import is_curie, is_missing
from cluster_assets.sources.notices import Notice, about_ids, about_rows
from cluster_assets.sources.problems import Problems

# The alternative names are those of releases before 2023.
HPOA_COLUMNS = Columns(
    aliases={
        "disease_id": ("database_id", "databaseid"),
        "disease_name": ("disease_name", "diseasename"),
        "qualifier": ("qualifier",),
        "term_id": ("hpo_id",),
        "frequency": ("frequency",),
        "aspect": ("aspect",),
    },
    required=frozenset({"disease_id", "disease_name", "qualifier", "term_id", "frequency"}),
)
PAIR_COLUMNS = Columns(
    aliases={
        "ncbi_id": ("ncbi_gene_id", "entrez-gene-id", "entrez_id", "gene-id(entrez)"),
        "symbol": ("gene_symbol", "entrez-gene-symbol", "gene-symbol"),
        "disease_id": ("disease_id", "disease-id for link", "diseaseid"),
    },
    required=frozenset({"ncbi_id", "symbol", "disease_id"}),
    hint=(
        "HPO's releases of early 2023 lack the diseases; take `genes_to_phenotype.txt` or"
        " `genes_to_disease.txt` of a later release"
    ),
)
_NCBI = re.compile(r"(?:NCBIGene:)?([1-9][0-9]*)(?:\.0)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DiseaseAnnotations:
    """What is recorded for diseases, from positive rows only.

    Attributes:
        version: release of `phenotype.hpoa`.
        phenotypes: unique `disease_id`, `term_id`; descendants of HP:0000118, as recorded.
        names: disease id to name.
        inheritance: disease id to the id of its mode of inheritance, if it has exactly one.
        several_modes: ids of diseases with more than one mode of inheritance.
        notices: what was left out or renamed.
    """

    version: str
    phenotypes: pd.DataFrame
    names: pd.Series
    inheritance: pd.Series
    several_modes: frozenset[str]
    notices: tuple[Notice, ...]


def read_disease_annotations(
    path: Path, ontology: Ontology, uncertain: Uncertain = "absent"
) -> DiseaseAnnotations:
    """Read `phenotype.hpoa` (also `.gz`).

    Args:
        path: the file.
        ontology: HPO.
        uncertain: how to count uncertain rows.

    Raises:
        InputError: `CA-210` to `CA-215` when the file cannot be used.
    """
    table = require_table(path, HPOA_COLUMNS)
    problems = Problems()
    _check_disease_ids(table, problems)
    said = read_assertions(table, uncertain, problems)
    problems.stop_if_any()
    rows = table.frame
    term_ids, notices = current_terms(rows["term_id"], ontology, table.where)
    kept = pd.DataFrame({"disease_id": rows["disease_id"], "term_id": term_ids})
    kept = kept[said.counts & term_ids.notna()].drop_duplicates(ignore_index=True)
    in_scope = kept["term_id"].isin(ontology.descendants(PHENOTYPIC_ABNORMALITY))
    inheritance, several = _inheritance(kept, ontology)
    return DiseaseAnnotations(
        version=_version(table),
        phenotypes=kept[in_scope].reset_index(drop=True),
        names=_names(rows),
        inheritance=inheritance,
        several_modes=several,
        notices=(*said.notices, *notices),
    )


def read_gene_disease_pairs(path: Path) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Read the pairs of `genes_to_phenotype.txt` or `genes_to_disease.txt`.

    Returns:
        Unique `ncbi_id`, `symbol`, `disease_id`; and the notice of rows without a gene.

    Raises:
        InputError: `CA-210` to `CA-215` when the file cannot be used.
    """
    table = require_table(path, PAIR_COLUMNS)
    frame = table.frame.assign(ncbi_id=map_values(table.frame["ncbi_id"], _bare_ncbi))
    nameless = each(is_missing)(table.frame["ncbi_id"])
    problems = Problems()
    wrong = np.flatnonzero((frame["ncbi_id"] == "") & ~nameless)
    table.report(problems, "value", wrong, "ncbi_id", "is not an NCBI gene id such as `1`")
    _check_disease_ids(table, problems)
    problems.stop_if_any()
    kept = frame[~nameless].drop_duplicates(["ncbi_id", "disease_id"], ignore_index=True)
    text = "rows without a gene id, left out"
    notices = about_rows("excluded", table.where, text, int(nameless.sum()), len(frame))
    return kept.astype("str"), notices


def _bare_ncbi(value: str) -> str:
    """Return the number in `1`, `1.0` or `NCBIGene:1`; empty when there is none."""
    match = _NCBI.fullmatch(value.strip())
    return match[1] if match else ""


def _check_disease_ids(table: Table, problems: Problems) -> None:
    wrong = ~each(is_curie)(table.frame["disease_id"])
    what = "is not a disease id such as `OMIM:619340`"
    table.report(problems, "value", np.flatnonzero(wrong), "disease_id", what)


def current_terms(
    column: pd.Series, ontology: Ontology, where: str
) -> tuple[pd.Series, tuple[Notice, ...]]:
    """Return the current id of each HPO id (missing when there is none), and what was replaced."""
    codes, values = pd.factorize(column)
    names = [str(value) for value in values]
    current = [ontology.current_id(name) for name in names]
    mapped = pd.Series(current, dtype="str").take(codes).set_axis(column.index)
    return mapped, _term_notices(dict(zip(names, current, strict=True)), ontology, where)


def _term_notices(
    current: Mapping[str, str | None], ontology: Ontology, where: str
) -> tuple[Notice, ...]:
    """Return the notices of replaced terms, and of terms without a current id by reason."""
    lost = [name for name, now in current.items() if now is None]
    ends = {name: ontology.replacements(name) for name in lost}
    listed = [name for name in lost if name in ontology.obsolete or name in ontology.replaced]
    dead = [name for name in listed if not ends[name]]
    hints = {name: ontology.obsolete.get(name, ()) for name in dead}
    return (
        *about_ids(
            "renamed_id",
            where,
            "alternative or obsolete term ids, replaced",
            (f"{name} -> {now}" for name, now in current.items() if now not in (None, name)),
        ),
        *about_ids(
            "ambiguous_id",
            where,
            "term ids that several terms replace, left out",
            (f"{name}: {' or '.join(sorted(found))}" for name, found in ends.items() if found),
        ),
        *about_ids(
            "unknown_id",
            where,
            f"term ids that are obsolete in HPO {ontology.version} and not replaced, left out",
            (
                f"{name}, consider {' or '.join(hint)}" if hint else name
                for name, hint in hints.items()
            ),
        ),
        *about_ids(
            "unknown_id",
            where,
            f"term ids that are not in HPO {ontology.version}, left out",
            set(lost) - set(listed),
        ),
    )


def _inheritance(rows: pd.DataFrame, ontology: Ontology) -> tuple[pd.Series, frozenset[str]]:
    """Return the mode of inheritance of diseases with one, and the diseases with several.

    Qualifiers (incomplete penetrance, de novo ...) are not modes. A mode does not count when a more
    specific one is recorded for the same disease.
    """
    modes = ontology.descendants(MODE_OF_INHERITANCE) - {MODE_OF_INHERITANCE}
    modes -= ontology.descendants(INHERITANCE_QUALIFIER)
    recorded = rows[rows["term_id"].isin(modes)].groupby("disease_id", observed=True)["term_id"]
    single: dict[str, str] = {}
    several: set[str] = set()
    for disease_id, term_ids in recorded:
        most_specific = set(term_ids)
        for term_id in set(term_ids):
            most_specific -= ontology.ancestors(term_id) - {term_id}
        if len(most_specific) == 1:
            single[str(disease_id)] = most_specific.pop()
        else:
            several.add(str(disease_id))
    return pd.Series(single, dtype="str"), frozenset(several)


def _names(rows: pd.DataFrame) -> pd.Series:
    """Return one name per disease: the most frequent, then the first by code point."""
    counts = (
        rows.groupby(["disease_id", "disease_name"], observed=True).size().reset_index(name="n")
    )
    counts = counts.astype({"disease_id": "str", "disease_name": "str"})
    ordered = counts.sort_values(["disease_id", "n", "disease_name"], ascending=[True, False, True])
    return ordered.drop_duplicates("disease_id").set_index("disease_id")["disease_name"]


def _version(table: Table) -> str:
    """Return the release from `#version: 2025-01-16` (`#date:` before 2023)."""
    for comment in table.comments:
        key, _, value = comment.partition(":")
        if key.strip() in {"version", "date"}:
            return clean_label(value)
    return "unknown"
