"""Numbers from ids and seeds: sums over rows, draws that follow an id and not its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all others, in place (the finaliser of splitmix64)."""
    import numpy as np

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        values ^= values >> np.uint64(shift)
        values *= np.uint64(factor)
    return values


def id_keys(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Return a number for each id, always the same one."""
    import pandas as pd

    return pd.util.hash_array(ids, hash_key="cluster-assets-0", categorize=False)


def draw(keys: NDArray[np.uint64], count: int, seed: int) -> NDArray[np.intp]:
    """Return the sorted positions of `count` of the keys, at random.

    Whether a key is drawn hangs on it and the seed. So data that differ by one id have nearly the
    same draws, and what is measured on draws changes no more than the data did.
    """
    import numpy as np

    lots = mix(keys + np.uint64(seed))
    return np.sort(np.argsort(lots, kind="stable")[:count])


def run_seeds(seed: int, count: int) -> list[int]:
    """Return seeds of independent streams that follow from one."""
    import numpy as np

    words = np.random.SeedSequence(seed).generate_state(count, np.uint64)
    return [int(word) >> 1 for word in words]
