"""The fingerprint of a clustering: its input, its parameters and the versions of the libraries.

It is computed on every click whose data may have changed, so it must be fast: 3 million annotations
take a third of a second. Each distinct value is hashed once, and the hashes of rows are added up,
which also makes the order of rows irrelevant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING

from cluster_assets.core.clustering.mixing import mix
from cluster_assets.core.identity import fingerprint

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
    from cluster_assets.core.models import FunctionalInput, PhenotypeInput

METHOD_VERSION = 1  # raise it when the code changes how the same input is clustered
_KEYS = ("a", "b")  # two keys: 128 bits of hash
_LIBRARIES = ("numpy", "scipy", "pandas", "graspologic-native", "fastcluster")


def functional_fingerprint(inp: FunctionalInput, params: FunctionalParams) -> str:
    """Return the sha256 of a functional input, its parameters and versions.

    It depends neither on the order of rows nor on the direction of interactions.
    """
    return fingerprint(
        {
            "type": "functional",
            "genes": _digest(inp.genes, ("gene_id", "symbol")),
            "interactions": _digest(inp.interactions, ("weight",), either_way=("gene_a", "gene_b")),
            "annotations": _digest(inp.annotations, ("gene_id", "term_id", "source")),
            "terms": _digest(inp.terms, ("term_id", "label")),
            "interaction_label": inp.interaction_label,
            "namespace": inp.namespace,
            "releases": dict(inp.releases),
            "notes": list(inp.notes),
            "params": asdict(params),
            "versions": _versions(),
        }
    )


def phenotype_fingerprint(inp: PhenotypeInput, params: PhenotypeParams) -> str:
    """Return the sha256 of a phenotype input, its parameters and versions, in any order of rows."""
    columns = ("entity_id", "gene_id", "disease_name", "inheritance_id")
    return fingerprint(
        {
            "type": "phenotype",
            "entities": _digest(inp.entities, columns),
            "phenotypes": _digest(inp.phenotypes, ("entity_id", "term_id")),
            "terms": _digest(inp.terms, ("term_id", "label")),
            "term_ids": sorted(inp.term_ids),
            "releases": dict(inp.releases),
            "notes": list(inp.notes),
            "params": asdict(params),
            "versions": _versions(),
        }
    )


def input_stamp(source_stamp: str, params: FunctionalParams | PhenotypeParams) -> str:
    """Return the sha256 of the stamp of a source, with parameters and versions.

    If a source can tell without reading its tables that nothing changed, this replaces the
    fingerprint.
    """
    return fingerprint({"source": source_stamp, "params": asdict(params), "versions": _versions()})


def _versions() -> dict[str, str]:
    return {"method": str(METHOD_VERSION), **{name: version(name) for name in _LIBRARIES}}


def _digest(
    frame: pd.DataFrame, columns: Sequence[str], either_way: Sequence[str] = ()
) -> list[str]:
    """Return the number of rows and two sums over their hashes, in any order of rows.

    Args:
        frame: the table.
        columns: columns to hash, in this order.
        either_way: further columns whose values may be swapped within a row.
    """
    import numpy as np

    # columns whose values may be swapped share a number; every other column has its own
    numbered = [(column, 0) for column in either_way]
    numbered += [(column, number) for number, column in enumerate(columns, start=1)]
    sums = [np.zeros(len(frame), dtype=np.uint64) for _ in _KEYS]
    for column, number in numbered:
        for index, hashes in enumerate(_hashes(frame[column], number)):
            sums[index] += hashes
    return [str(len(frame)), *(f"{int(mix(rows).sum(dtype=np.uint64)):016x}" for rows in sums)]


def _hashes(values: pd.Series, number: int) -> Iterator[NDArray[np.uint64]]:
    """Yield the hashes of a column under each key; they do not depend on the dtype of text."""
    import numpy as np
    import pandas as pd

    keys = [f"cluster-assets{key}{number}" for key in _KEYS]
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        yield from (pd.util.hash_array(numbers, hash_key=key) for key in keys)
        return
    codes, uniques = pd.factorize(values, use_na_sentinel=False)
    texts = np.asarray(uniques, dtype=object)
    for key in keys:
        yield pd.util.hash_array(texts, hash_key=key, categorize=False)[codes]
