"""From tables of entities and their phenotypes to the input of a phenotype clustering.

Rules
    - An entity is a gene, disease and inheritance; two rows with the same three are a problem.
    - `inheritance` is an HPO id or the name of a mode of inheritance (`AD` is accepted); any other
      text is a problem, because inheritance is part of the identity of an entity.
    - `entity_id` of the phenotypes is the `entity_id` of the entities when they have that column,
      else the key `gene|disease|inheritance` with `-` for unknown parts.
    - Rows that do not say that a phenotype is present are left out (`formats.presence`). So are
      terms that are unknown to HPO or not phenotypic abnormalities, rows of entities that are not
      in the table of entities, and entities without any phenotype. All are counted. Ancestors are
      added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cluster_assets.core.identity import entity_key
from cluster_assets.sources.formats.hgnc import Hgnc, map_genes
from cluster_assets.sources.formats.hpoa import current_terms
from cluster_assets.sources.formats.obo import (
    MODE_OF_INHERITANCE,
    PHENOTYPIC_ABNORMALITY,
    Ontology,
)
from cluster_assets.sources.formats.presence import Assertions, Uncertain, read_assertions
from cluster_assets.sources.formats.table import Table, map_values
from cluster_assets.sources.ids import is_missing
from cluster_assets.sources.joining.profiles import Profiles, build_profiles
from cluster_assets.sources.notices import Notice, about_ids, about_rows
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import validate


@dataclass(frozen=True, slots=True)
class Entities:
    """Entities with their phenotypes.

    Attributes:
        entities: columns as `core.models.PhenotypeInput.entities`, sorted by `entity_id`.
        profiles: the terms of the entities in the same order, ancestors included.
        notices: what was left out.
    """

    entities: pd.DataFrame
    profiles: Profiles
    notices: tuple[Notice, ...]


def join_entities(
    entities: Table,
    phenotypes: Table,
    ontology: Ontology,
    hgnc: Hgnc | None,
    problems: Problems,
    uncertain: Uncertain = "absent",
) -> Entities:
    """Check both tables and join them.

    Raises:
        InputError: when there are problems.
    """
    frame = validate(entities, "entities", problems, by_name=hgnc is not None)
    recorded = validate(phenotypes, "entity_phenotypes", problems)
    modes = _modes_of(entities, frame, ontology, problems)
    said = read_assertions(phenotypes, uncertain, problems)
    problems.stop_if_any()
    known, gene_notices = _keyed(frame, modes, hgnc, entities.where)
    twice = np.flatnonzero(known["entity_id"].duplicated())
    what = "repeats the gene, disease and inheritance of an earlier row"
    entities.report(problems, "duplicate", twice, "disease_id", what)
    problems.stop_if_any()
    # The phenotypes name an entity by its id in the table, or by its key.
    names = frame["entity_id"].astype("str") if "entity_id" in frame else known["entity_id"]
    key_of = dict(zip(names, known["entity_id"], strict=True))
    rows, notices = _positive_rows(phenotypes.where, recorded, said, key_of, ontology)
    if rows.empty:
        text = "has no phenotype known to HPO for any entity"
        problems.add(Problem("reference", phenotypes.where, text))
        problems.stop_if_any()
    profiles = build_profiles(rows["entity_id"], rows["term_id"], ontology, PHENOTYPIC_ABNORMALITY)
    kept = known.set_index("entity_id").loc[list(profiles.keys)].reset_index()
    bare = about_ids(
        "excluded",
        entities.where,
        "entities without a phenotype, left out",
        set(known["entity_id"]) - set(profiles.keys),
    )
    return Entities(kept, profiles, (*gene_notices, *notices, *bare))


def keys_of(entities: pd.DataFrame) -> list[str]:
    """Return the entity key of each row of `gene_id`, `disease_id`, `inheritance_id`."""
    columns = ["gene_id", "disease_id", "inheritance_id"]
    known = entities[columns].astype(object).where(entities[columns].notna(), None)
    return [entity_key(*parts) for parts in known.itertuples(index=False, name=None)]


def _modes_of(
    table: Table, frame: pd.DataFrame, ontology: Ontology, problems: Problems
) -> pd.Series:
    """Return the HPO id of each row's inheritance, missing when the cell is empty."""
    if "inheritance_id" not in frame:
        return pd.Series([None] * len(frame), dtype="str")
    modes = ontology.descendants(MODE_OF_INHERITANCE)
    names = {
        word.lower(): term_id
        for term_id in sorted(modes & set(ontology.labels), reverse=True)
        for word in (*ontology.synonyms.get(term_id, ()), ontology.labels[term_id])
    }

    def mode(value: str) -> str:
        if is_missing(value):
            return ""
        text = value.strip()
        current = ontology.current_id(text.upper()) or names.get(text.lower())
        return current if current in modes else "?"

    found = map_values(frame["inheritance_id"], mode).astype("str")
    wrong = np.flatnonzero(found == "?")
    what = f"is not a mode of inheritance in HPO {ontology.version}"
    table.report(problems, "value", wrong, "inheritance_id", what)
    return found.where(found != "")


def _keyed(
    frame: pd.DataFrame, modes: pd.Series, hgnc: Hgnc | None, where: str
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return the entities with their keys; genes get HGNC ids when HGNC knows them."""
    text = frame.astype("str")
    empty = pd.Series([""] * len(frame), dtype="str")
    genes = text.get("gene_id", empty)
    genes = genes.where(~genes.map(is_missing))
    symbols = text.get("symbol", empty)
    symbols = symbols.where(~symbols.map(is_missing))
    notices: tuple[Notice, ...] = ()
    if hgnc is not None:
        named = {
            gene: symbol if isinstance(symbol, str) else None
            for gene, symbol in zip(genes, symbols, strict=True)
            if isinstance(gene, str)
        }
        mapped = map_genes(hgnc, named.items(), where)
        notices = mapped.notices
        genes = genes.map(lambda gene: mapped.ids.get(gene, gene), na_action="ignore")
        symbols = genes.map(hgnc.symbols).where(genes.isin(list(hgnc.symbols)), symbols)
    known = pd.DataFrame(
        {
            "gene_id": genes,
            "symbol": symbols,
            "disease_id": text["disease_id"],
            "disease_name": text["disease_name"].str.strip(),
            "inheritance_id": modes,
        }
    )
    known.insert(0, "entity_id", pd.Series(keys_of(known), dtype="str"))
    return known, notices


def _positive_rows(
    where: str,
    recorded: pd.DataFrame,
    said: Assertions,
    key_of: Mapping[str, str],
    ontology: Ontology,
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return `entity_id` (the key) and `term_id` of rows that count, and what was left out."""
    term_ids, found = current_terms(recorded["term_id"], ontology, where)
    names = recorded["entity_id"].astype("str").str.strip()
    keys = names.map(key_of)
    in_scope = term_ids.isin(ontology.descendants(PHENOTYPIC_ABNORMALITY))
    other = term_ids[~in_scope & term_ids.notna()]
    notices = (
        *found,
        *about_ids(
            "outside",
            where,
            "entities missing from the table of entities, left out",
            names[keys.isna()],
        ),
        *said.notices,
        *about_ids(
            "excluded", where, "terms that are not phenotypic abnormalities, left out", other
        ),
    )
    keep = keys.notna() & in_scope & said.counts
    rows = pd.DataFrame({"entity_id": keys[keep], "term_id": term_ids[keep]})
    lost = int((said.counts & ~keep).sum())
    text = "rows of entities or terms that are left out"
    notices += about_rows("excluded", where, text, lost, len(recorded))
    notices += about_rows("merged", where, "repeated rows, merged", int(rows.duplicated().sum()))
    return rows.drop_duplicates(), notices
