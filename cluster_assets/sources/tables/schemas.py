"""What the user's tables must look like: the accepted column names and the rules for values.

Columns
    The first name is the canonical one; case, surrounding blanks and a leading `#` are ignored, and
    so are other columns.

    ================== ==================================================== ========
    table              column and its other accepted names                   needed
    ================== ==================================================== ========
    genes              `gene_id` (`hgnc_id`, `gene`)                          yes
                       `symbol` (`gene_symbol`, `hgnc_symbol`)                yes
    interactions       `gene_a` (`gene_1`, `gene1`), `gene_b` (...)           yes
                       `weight` (`score`, `combined_score`)                   no, then 1
    annotations        `gene_id` (`gene`, `hgnc_id`), `term_id` (`term`)      yes
                       `source` (`src`, `category`), `label` (`term_name`)    no
                       whatever qualifies a row (`presence.QUALIFYING`)       no
    terms              `term_id` (`term`, `id`, the unnamed index that        yes
                       pandas writes), `label` (`name`, `term_name`)
                       `source` (`src`, `category`)                           no
    entities           `disease_id` (`disease_ontology_id`,                   yes
                       `disease_ontology_id_version`), `disease_name`
                       (`disease_ontology_name`)
                       `entity_id`, `gene_id` (...), `symbol` (...),          no
                       `inheritance_id` (`inheritance`,
                       `hpo_mode_of_inheritance_term`,
                       `hpo_mode_of_inheritance_term_name`)
    entity phenotypes  `entity_id`, `term_id` (`hpo_id`, `phenotype_id`)      yes
                       whatever qualifies a row (`presence.QUALIFYING`)       no
    ================== ==================================================== ========

Values
    Ids are CURIEs; surrounding blanks and the case of the prefix are ignored. A gene is `HGNC:`,
    `NCBIGene:` or `ENSEMBL:`, a phenotype is `HP:` and 7 digits. Gene ids, symbols and entity ids
    are unique. A weight is a finite number above 0. A broken rule is a problem with its line.
    Genes may also be Ensembl ids without a prefix, bare numbers in a column whose name says `hgnc`,
    `ncbi` or `entrez`, and with an HGNC table also symbols or UniProt accessions. A column of
    another kind of id is one problem, not one per row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cluster_assets.sources import ids
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.presence import QUALIFYING
from cluster_assets.sources.formats.spreadsheet import DAMAGED, is_damaged
from cluster_assets.sources.formats.table import Columns, Table, each, map_values
from cluster_assets.sources.problems import Fault, Problem, Problems
from cluster_assets.sources.tables.gene_columns import other_kind, speller

Role = Literal["genes", "interactions", "annotations", "terms", "entities", "entity_phenotypes"]
ROLES: tuple[Role, ...] = (
    "genes",
    "interactions",
    "annotations",
    "terms",
    "entities",
    "entity_phenotypes",
)

_GENE = ("gene_id", "hgnc_id", "gene", "ncbi_gene_id", "entrez_id", "ensembl_gene_id")
_SYMBOL = ("symbol", "gene_symbol", "hgnc_symbol")
_TERM_SOURCE = ("source", "src", "category")

COLUMNS: Mapping[Role, Columns] = {
    "genes": Columns({"gene_id": _GENE, "symbol": _SYMBOL}, frozenset({"gene_id", "symbol"})),
    "interactions": Columns(
        {
            "gene_a": ("gene_a", "gene_1", "gene1"),
            "gene_b": ("gene_b", "gene_2", "gene2"),
            "weight": ("weight", "score", "combined_score"),
        },
        frozenset({"gene_a", "gene_b"}),
    ),
    "annotations": Columns(
        {
            "gene_id": _GENE,
            "term_id": ("term_id", "term"),
            "source": _TERM_SOURCE,
            "label": ("label", "term_name"),
            **QUALIFYING,
        },
        frozenset({"gene_id", "term_id"}),
    ),
    "terms": Columns(
        {
            "term_id": ("term_id", "term", "id", "__index_level_0__"),
            "label": ("label", "name", "term_name"),
            "source": _TERM_SOURCE,
        },
        frozenset({"term_id", "label"}),
    ),
    "entities": Columns(
        {
            "entity_id": ("entity_id",),
            "gene_id": _GENE,
            "symbol": _SYMBOL,
            "disease_id": ("disease_id", "disease_ontology_id", "disease_ontology_id_version"),
            "disease_name": ("disease_name", "disease_ontology_name"),
            "inheritance_id": (
                "inheritance_id",
                "inheritance",
                "hpo_mode_of_inheritance_term",
                "hpo_mode_of_inheritance_term_name",
            ),
        },
        frozenset({"disease_id", "disease_name"}),
    ),
    "entity_phenotypes": Columns(
        {
            "entity_id": ("entity_id",),
            "term_id": ("term_id", "hpo_id", "phenotype_id"),
            **QUALIFYING,
        },
        frozenset({"entity_id", "term_id"}),
    ),
}


def columns_of(role: Role, config: SourceConfig) -> Columns:
    """Return the columns of a table; for genes including the column of the filter."""
    columns = COLUMNS[role]
    if role != "genes" or config.filter_column is None:
        return columns
    name = (config.filter_column.lower(),)
    return Columns({**columns.aliases, "filter": name}, columns.required | {"filter"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for the values of a column.

    Attributes:
        what: what is wrong with a value that breaks the rule; follows the value in messages.
        holds: returns, for a column of strings, which values satisfy the rule.
        fault: the fault that a violation is reported as.
    """

    what: str
    holds: Callable[[pd.Series], pd.Series]
    fault: Fault = "value"


def weights(column: pd.Series) -> pd.Series:
    """Return a column of strings as numbers; NaN where a value is not a number."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column.astype("str"), errors="coerce")
    return column.astype("float64")


def _positive(column: pd.Series) -> pd.Series:
    numbers = weights(column)
    return (numbers > 0) & (numbers < np.inf)


def _once(column: pd.Series) -> pd.Series:
    return ~column.duplicated() | (column == "")


def _has_text(value: str) -> bool:
    return not ids.is_missing(value)


_GENE_RULE = Rule(
    "is not a gene id such as `HGNC:5`, `NCBIGene:1` or `ENSEMBL:ENSG00000121410`",
    each(ids.is_gene_id),
)
_GENE_IF_ANY = Rule(
    _GENE_RULE.what, each(lambda value: ids.is_missing(value) or ids.is_gene_id(value))
)
_TERM_RULE = Rule("is not a term id", each(ids.is_term_id))
_HPO_RULE = Rule("is not an HPO id such as `HP:0001250`", each(ids.is_hpo_id))
_TEXT_RULE = Rule("is missing", each(_has_text))
_ONCE_RULE = Rule("occurs more than once", _once, "duplicate")
_WEIGHT_RULE = Rule("is not a finite number above 0", _positive)
_SYMBOL_RULE = Rule(
    f"{DAMAGED}; restore it, or set CLUSTER_ASSETS_HGNC_FILE",
    each(lambda value: not is_damaged(value)),
)
_DISEASE_RULE = Rule("is not a disease id such as `OMIM:619340`", each(ids.is_curie))

RULES: Mapping[Role, Mapping[str, Sequence[Rule]]] = {
    "genes": {
        "gene_id": (_GENE_RULE, _ONCE_RULE),
        "symbol": (_TEXT_RULE, _ONCE_RULE, _SYMBOL_RULE),
    },
    "interactions": {
        "gene_a": (_GENE_RULE,),
        "gene_b": (_GENE_RULE,),
        "weight": (_WEIGHT_RULE,),
    },
    "annotations": {"gene_id": (_GENE_RULE,), "term_id": (_TERM_RULE,)},
    "terms": {"term_id": (_TERM_RULE,), "label": (_TEXT_RULE,)},
    "entities": {
        "entity_id": (_TEXT_RULE, _ONCE_RULE),
        "gene_id": (_GENE_IF_ANY,),
        "symbol": (_SYMBOL_RULE,),
        "disease_id": (_DISEASE_RULE,),
        "disease_name": (_TEXT_RULE,),
    },
    "entity_phenotypes": {"entity_id": (_TEXT_RULE,), "term_id": (_HPO_RULE,)},
}
# Columns whose spelling is normalised before values are compared.
_ID_COLUMNS = frozenset({"gene_id", "gene_a", "gene_b", "disease_id", "term_id"})
# Not checked in tables that name genes by symbol (GMT, STRING)
_GENE_COLUMNS = frozenset({"gene_id", "gene_a", "gene_b"})


def validate(table: Table, role: Role, problems: Problems, by_name: bool = False) -> pd.DataFrame:
    """Normalise the ids of a table and check its values.

    Args:
        table: the table as it was read.
        role: what the table is.
        problems: receives each broken rule, with its line.
        by_name: whether genes may be symbols, because an HGNC table resolves them.

    Returns:
        The frame with normalised ids and all rows; not usable when there are problems.
    """
    import pandera.pandas as pa

    frame = table.frame.copy(deep=False)
    for column in _ID_COLUMNS.intersection(frame.columns):
        spelled = speller(table, column) if column in _GENE_COLUMNS else ids.spelled
        frame[column] = map_values(frame[column], spelled)
    rules = {
        column: found
        for column, found in _rules_of(role, by_name).items()
        if column in frame and not (table.by_symbol and column in _GENE_COLUMNS)
    }
    for column in _GENE_COLUMNS.intersection(rules):
        rules[column] = _rules_of_kind(table, frame[column], rules[column], problems, by_name)
    schema = pa.DataFrameSchema(
        {
            column: pa.Column(checks=[pa.Check(rule.holds, name=rule.what) for rule in found])
            for column, found in rules.items()
        }
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        _report(table, rules, error.failure_cases, problems)
    return frame


def _rules_of(role: Role, by_name: bool) -> Mapping[str, Sequence[Rule]]:
    """Return the rules of a table; a damaged symbol is no fault when HGNC gives the right one."""
    return {
        column: [rule for rule in found if not (by_name and rule is _SYMBOL_RULE)]
        for column, found in RULES[role].items()
    }


def _rules_of_kind(
    table: Table, column: pd.Series, rules: Sequence[Rule], problems: Problems, by_name: bool
) -> Sequence[Rule]:
    """Return the rules for a column of genes; one of another kind is a single problem."""
    found = other_kind(column)
    if found is None:
        return rules
    rest = [rule for rule in rules if rule not in (_GENE_RULE, _GENE_IF_ANY)]
    if not (by_name and found.resolvable):
        name = table.names.get(str(column.name))
        problems.add(Problem("value", table.where, found.what, column=name))
        return rest
    return [_TEXT_RULE, *rest] if _GENE_RULE in rules else rest


def _report(
    table: Table,
    rules: Mapping[str, Sequence[Rule]],
    failures: pd.DataFrame,
    problems: Problems,
) -> None:
    for column, found in rules.items():
        for rule in found:
            broken = (failures["column"] == column) & (failures["check"] == rule.what)
            rows = failures.loc[broken, "index"].to_numpy(dtype=np.int64)
            if len(rows):
                table.report(problems, rule.fault, np.sort(rows), column, rule.what)
