"""Checks of input frames before a method works on them.

Sources check files and name the line that is wrong. This is the last check, for inputs from any
source: it refuses whatever would give a wrong clustering, and repairs nothing silently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cluster_assets.core.identity import normalise_member
from cluster_assets.errors import ClusterAssetsError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from cluster_assets.core.models import FunctionalInput, PhenotypeInput

_SHOWN = 5  # problems of one kind that a message lists

# Within these limits, squares and sums neither overflow nor lose the smaller weight
MIN_WEIGHT, MAX_WEIGHT = 1e-9, 1e9


def check_functional(inp: FunctionalInput) -> None:
    """Check a functional input.

    Raises:
        InputError: `CA-230` for a missing column or an empty table, `CA-231` for missing or
            repeated ids, `CA-232` for a member id that is not in its normal form, `CA-233` for a
            weight out of range, `CA-235` for a value that is not text.
    """
    _check_columns("genes", inp.genes, ("gene_id", "symbol"))
    _check_columns("interactions", inp.interactions, ("gene_a", "gene_b", "weight"))
    _check_columns("annotations", inp.annotations, ("gene_id", "term_id", "source"), empty=True)
    _check_columns("terms", inp.terms, ("term_id", "label"), empty=True)
    _check_text("interactions", inp.interactions, ("gene_a", "gene_b"))
    _check_text("annotations", inp.annotations, ("gene_id", "term_id", "source"))
    _check_unique("genes", inp.genes, "gene_id")
    _check_unique("terms", inp.terms, "term_id")
    _check_text("genes", inp.genes, ("symbol",), optional=True)
    _check_text("terms", inp.terms, ("label",), optional=True)
    _check_members("gene_id", inp.genes["gene_id"], lambda x: normalise_member(x, inp.namespace))
    _check_weights(inp.interactions["weight"])


def check_phenotype(inp: PhenotypeInput) -> None:
    """Check a phenotype input.

    Raises:
        InputError: `CA-230` to `CA-232` and `CA-235` as for the functional input; `CA-234` if a
            term is recorded for an entity that is not in the list of entities.
    """
    import pandas as pd

    words = ("gene_id", "disease_name", "inheritance_id")
    _check_columns("entities", inp.entities, ("entity_id", *words))
    _check_columns("phenotypes", inp.phenotypes, ("entity_id", "term_id"))
    _check_columns("terms", inp.terms, ("term_id", "label"), empty=True)
    _check_text("phenotypes", inp.phenotypes, ("entity_id", "term_id"))
    _check_unique("entities", inp.entities, "entity_id")
    _check_unique("terms", inp.terms, "term_id")
    _check_text("entities", inp.entities, words, optional=True)
    _check_text("terms", inp.terms, ("label",), optional=True)
    _check_members("entity_id", inp.entities["entity_id"], lambda x: normalise_member(x, "entity"))
    named = pd.Index(inp.phenotypes["entity_id"].unique())
    unknown = sorted(named.difference(pd.Index(inp.entities["entity_id"].unique())))
    if unknown:
        raise InputError(
            "CA-234",
            f"{len(unknown)} entities have recorded terms but are not in `entities`",
            unknown[:_SHOWN],
        )


def _check_columns(
    table: str, frame: pd.DataFrame, columns: Sequence[str], *, empty: bool = False
) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        names = ", ".join(f"`{column}`" for column in missing)
        raise InputError("CA-230", f"the table `{table}` lacks {names}", table=table)
    if frame.empty and not empty:
        raise InputError("CA-230", f"the table `{table}` has no rows", table=table)


def _check_text(
    table: str, frame: pd.DataFrame, columns: Sequence[str], *, optional: bool = False
) -> None:
    """Refuse values that are not text and, unless optional, missing or blank values."""
    import numpy as np
    from pandas.api.types import infer_dtype

    for column in columns:
        missing = frame[column].isna()
        if not optional and missing.any():
            raise InputError(
                "CA-231", f"`{table}.{column}` is empty in {missing.sum()} rows", table=table
            )
        values = np.asarray(frame.loc[~missing.to_numpy(), column].unique(), dtype=object)
        if infer_dtype(values, skipna=False) not in {"string", "empty"}:
            raise InputError("CA-235", f"`{table}.{column}` must hold text only", table=table)
        if not optional and any(not value.strip() for value in values):
            raise InputError("CA-231", f"`{table}.{column}` is blank in some rows", table=table)


def _check_unique(table: str, frame: pd.DataFrame, column: str) -> None:
    _check_text(table, frame, (column,))
    repeated = frame.loc[frame[column].duplicated(), column].unique()
    if len(repeated):
        raise InputError(
            "CA-231",
            f"`{table}.{column}` must be unique; {len(repeated)} values are repeated",
            sorted(repeated)[:_SHOWN],
            table=table,
        )


def _check_members(column: str, ids: pd.Series, normalise: Callable[[str], str]) -> None:
    """Refuse ids that are not in their normal form: two spellings would be two members."""
    problems: list[str] = []
    for value in ids:
        try:
            normal = normalise(value)
        except ClusterAssetsError as error:
            problems.append(error.message)
            continue
        if normal != value:
            problems.append(f"{value!r} should be written {normal!r}")
    if problems:
        raise InputError(
            "CA-232",
            f"{len(problems)} values of `{column}` are malformed",
            sorted(problems)[:_SHOWN],
        )


def _check_weights(weights: pd.Series) -> None:
    import numpy as np
    import pandas as pd

    values = pd.to_numeric(weights, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    n_bad = int((~((values >= MIN_WEIGHT) & (values <= MAX_WEIGHT))).sum())
    if n_bad:
        raise InputError(
            "CA-233",
            f"`interactions.weight` must be a positive number, {MIN_WEIGHT:g} to {MAX_WEIGHT:g};"
            f" {n_bad} rows are not",
        )
