"""From tables of annotations and labels to the terms of the genes to cluster.

Rules
    - A row that says that its gene lacks the term (`NOT|involved_in`) is left out and counted
      (`formats.presence`).
    - A row with a gene that is not clustered is left out and counted.
    - A term has one term source (column `source`): that of its rows, else that in the table of
      terms, else the prefix of its id. When rows disagree, the first by code point wins, with a
      notice.
    - A term has one label: HPO's for an HPO id, else that in the table of terms, else that in its
      rows. A term without a label cannot be shown: its rows are left out, with a notice.
    - Two labels for one term in the table of terms are a problem; so is having no rows left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cluster_assets.sources.formats.obo import Ontology
from cluster_assets.sources.formats.presence import Uncertain, read_assertions
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.joining.universe import Universe
from cluster_assets.sources.notices import Notice, about_ids, about_rows
from cluster_assets.sources.problems import Problem, Problems
from cluster_assets.sources.tables.schemas import validate


@dataclass(frozen=True, slots=True)
class Annotations:
    """Terms of genes.

    Attributes:
        rows: unique `gene_id`, `term_id`, `source`, sorted.
        terms: `term_id`, `label`, `source` of the terms in `rows`, sorted.
        releases: data releases of the tables.
        notices: what was left out.
    """

    rows: pd.DataFrame
    terms: pd.DataFrame
    releases: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


def join_annotations(
    tables: Sequence[Table],
    term_tables: Sequence[Table],
    universe: Universe,
    ontology: Ontology,
    problems: Problems,
    uncertain: Uncertain = "absent",
) -> Annotations:
    """Merge the tables.

    Args:
        tables: `gene_id`, `term_id`, optionally `source` and `label`.
        term_tables: `term_id`, `label`, optionally `source`.
        universe: the genes.
        ontology: HPO, for the labels of its terms.
        problems: receives what is wrong.
        uncertain: how to count uncertain rows.

    Raises:
        InputError: when there are problems.
    """
    by_name = universe.hgnc is not None
    frames = [validate(table, "annotations", problems, by_name) for table in tables]
    known = [_labels_of(table, problems) for table in term_tables]
    said = [read_assertions(table, uncertain, problems) for table in tables]
    problems.stop_if_any()
    notices: list[Notice] = []
    inside = []
    for table, frame, rows_say in zip(tables, frames, said, strict=True):
        part, found = _inside(table, frame[rows_say.counts], universe)
        inside.append(part)
        notices += (*table.notices, *rows_say.notices, *found)
    rows = pd.concat(inside, ignore_index=True)
    terms, found = _terms(rows, known, ontology)
    notices.extend(found)
    labelled = rows["term_id"].isin(terms["term_id"])
    text = "rows of terms without any label, left out"
    notices += about_rows("unlabelled", "annotations", text, int((~labelled).sum()), len(rows))
    rows = rows[labelled]
    if rows.empty:
        where = ", ".join(table.where for table in tables)
        named = [frame["gene_id"] for frame in frames]
        what = "no row links a clustered gene to a term with a label" + universe.unmatched(named)
        problems.add(Problem("reference", where, what))
        problems.stop_if_any()
    releases = {name: release for table in tables for name, release in table.releases.items()}
    unique = _unique(rows, terms, universe)
    text = "repeated rows, merged"
    notices += about_rows("merged", "annotations", text, len(rows) - len(unique))
    return Annotations(unique, terms, releases, tuple(notices))


def _labels_of(table: Table, problems: Problems) -> pd.DataFrame:
    """Return `term_id` (unique), `label` and `source` (may be empty)."""
    frame = validate(table, "terms", problems).astype("str")
    unique = frame.drop_duplicates(["term_id", "label"])
    twice = unique.index[unique["term_id"].duplicated()].to_numpy()
    table.report(problems, "duplicate", twice, "term_id", "has a different label in an earlier row")
    columns = unique.reindex(columns=["term_id", "label", "source"], fill_value="")
    return columns.drop_duplicates("term_id")


def _inside(
    table: Table, frame: pd.DataFrame, universe: Universe
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return the rows of clustered genes: `gene` (row number), `term_id`, `source`, `label`."""
    located, notices = universe.locate(frame, ["gene_id"], table.where)
    genes = located[:, 0]
    keep = genes >= 0
    kept = frame[keep]
    part = pd.DataFrame({"gene": genes[keep], "term_id": kept["term_id"].to_numpy(dtype=object)})
    for column in ("source", "label"):
        part[column] = kept[column].to_numpy(dtype=object) if column in kept else ""
    return part, notices


def _terms(
    rows: pd.DataFrame, known: Sequence[pd.DataFrame], ontology: Ontology
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return each term with its label and term source, and notices."""
    named = (
        rows[["term_id", "source", "label"]]
        .drop_duplicates()
        .sort_values(["term_id", "source", "label"])
    )
    terms = pd.DataFrame({"term_id": sorted(named["term_id"].unique())}, dtype="str")
    terms["label"] = _first_of(
        terms["term_id"],
        ontology.labels,
        *(_said(table, "label") for table in known),
        _said(named, "label"),
    )
    terms["source"] = _first_of(
        terms["term_id"], _said(named, "source"), *(_said(table, "source") for table in known)
    )
    prefix = terms["term_id"].str.split(":").str[0].replace({"HP": "HPO"})
    terms["source"] = terms["source"].where(terms["source"] != "", prefix)
    nameless = terms["label"] == ""
    text = "terms without any label, their rows left out"
    unlabelled = about_ids("unlabelled", "annotations", text, terms.loc[nameless, "term_id"])
    return terms[~nameless].reset_index(drop=True), (*_disagreeing(named), *unlabelled)


def _said(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the first non-empty value of a column for each term."""
    known = rows[rows[column] != ""].drop_duplicates("term_id")
    return dict(zip(known["term_id"], known[column], strict=True))


def _first_of(term_ids: pd.Series, *mappings: Mapping[str, str]) -> pd.Series:
    """Return the value from the first mapping that has the term; empty when none has it."""
    values = [
        next((found for mapping in mappings if (found := mapping.get(term_id))), "")
        for term_id in term_ids
    ]
    return pd.Series(values, index=term_ids.index, dtype="str")


def _disagreeing(named: pd.DataFrame) -> tuple[Notice, ...]:
    sources = named[named["source"] != ""].drop_duplicates(["term_id", "source"])
    twice = sources.loc[sources["term_id"].duplicated(), "term_id"]
    text = "terms with several sources, the first one used"
    return about_ids("caveat", "annotations", text, twice)


def _unique(rows: pd.DataFrame, terms: pd.DataFrame, universe: Universe) -> pd.DataFrame:
    """Return unique rows of gene id, term id and term source, sorted."""
    position = pd.Series(np.arange(len(terms)), index=pd.Index(terms["term_id"]))
    term_rows = position.reindex(rows["term_id"]).to_numpy(dtype=np.int64)
    # np.unique would take ten times as long on millions of rows.
    key = np.sort(rows["gene"].to_numpy() * len(terms) + term_rows)
    key = key[np.concatenate([[True], np.diff(key) > 0])]
    gene, term = np.divmod(key, len(terms))
    return pd.DataFrame(
        {
            "gene_id": universe.genes["gene_id"].take(gene).array,
            "term_id": terms["term_id"].take(term).array,
            "source": terms["source"].take(term).array,
        }
    )
