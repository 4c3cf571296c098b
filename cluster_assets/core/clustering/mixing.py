"""Hashes of ids, seeds of independent streams, and draws that depend on ids, not on positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash 64-bit numbers in place, with the finaliser of splitmix64.

    Source:
        Steele, Lea and Flood (2014), doi:10.1145/2714064.2660195.
    """
    import numpy as np

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        values ^= values >> np.uint64(shift)
        values *= np.uint64(factor)
    return values


def id_keys(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Return one number per id, the same in every process."""
    import pandas as pd

    return pd.util.hash_array(ids, hash_key="cluster-assets-0", categorize=False)


def draw(keys: NDArray[np.uint64], count: int, seed: int) -> NDArray[np.intp]:
    """Return the sorted positions of a random sample of the keys.

    Whether a key is drawn depends on the key and the seed only. Data that differ by one id
    therefore have nearly the same draws, and figures measured on them change as little.

    Args:
        keys: `(n_ids,)` numbers from `id_keys`.
        count: size of the sample.
        seed: of the sample.
    """
    import numpy as np

    lots = mix(keys + np.uint64(seed))
    return np.sort(np.argsort(lots, kind="stable")[:count])


def run_seeds(seed: int, count: int) -> list[int]:
    """Return the seeds of `count` independent streams, derived from one seed."""
    import numpy as np

    words = np.random.SeedSequence(seed).generate_state(count, np.uint64)
    return [int(word) >> 1 for word in words]
