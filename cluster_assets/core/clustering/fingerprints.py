"""The fingerprint of a clustering: input, parameters and the libraries that decide the outcome.

Computed on every click whose data may have changed, so it reads 3 million annotations in a third of
a second: each distinct value is hashed once and rows are summed, which also makes the order of rows
irrelevant. A partition is never published beside evidence of another fingerprint.
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

METHOD_VERSION = 1  # raise it when the code here would cluster the same input otherwise
_KEYS = ("a", "b")  # two keys: 128 bits of hash
_LIBRARIES = ("numpy", "scipy", "pandas", "graspologic-native", "fastcluster")


def functional_fingerprint(inp: FunctionalInput, params: FunctionalParams) -> str:
    """Return the sha256 of a functional input in canonical form, with parameters and versions.

    Neither row order nor the direction in which an interaction is written changes it.
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
    """Return the sha256 of a phenotype input in canonical form, with parameters and versions."""
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
    """Return the sha256 of a source's stamp with parameters and versions.

    It stands for a fingerprint where the source can tell that nothing changed without reading.
    """
    return fingerprint({"source": source_stamp, "params": asdict(params), "versions": _versions()})


def _versions() -> dict[str, str]:
    return {"method": str(METHOD_VERSION), **{name: version(name) for name in _LIBRARIES}}


def _digest(
    frame: pd.DataFrame, columns: Sequence[str], either_way: Sequence[str] = ()
) -> list[str]:
    """Return row count and two order-independent sums over the rows.

    Args:
        frame: the table.
        columns: those that count, in this order.
        either_way: columns whose values may be exchanged within a row.
    """
    import numpy as np

    # columns that may be exchanged share a number, the others are told apart by theirs
    numbered = [(column, 0) for column in either_way]
    numbered += [(column, number) for number, column in enumerate(columns, start=1)]
    sums = [np.zeros(len(frame), dtype=np.uint64) for _ in _KEYS]
    for column, number in numbered:
        for index, hashes in enumerate(_hashes(frame[column], number)):
            sums[index] += hashes
    return [str(len(frame)), *(f"{int(mix(rows).sum(dtype=np.uint64)):016x}" for rows in sums)]


def _hashes(values: pd.Series, number: int) -> Iterator[NDArray[np.uint64]]:
    """Yield the hashes of a column under each key; how the text is held does not matter.

    Each distinct value is hashed once, which is what makes this fast.
    """
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
