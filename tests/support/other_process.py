"""A clustering repeated in another process, with its own hash seed and number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def hashes_in_another_process(method: str, made_by: str, hash_seed: str, threads: str) -> list[str]:
    """Return the id and the cluster hashes of a clustering of shuffled rows.

    Args:
        method: module and function that clusters, e.g. `package.module:function`.
        made_by: function of `support.clustering_inputs` that makes the input.
        hash_seed: seed of Python's hashes of text.
        threads: threads of the linear algebra libraries.
    """
    module, function = method.split(":")
    script = (
        f"from support.clustering_inputs import {made_by}, shuffled\n"
        f"from {module} import {function}\n"
        f"found = {function}(shuffled({made_by}(), 9))\n"
        "print(found.clustering_id, *(c.cluster_hash for c in found.clusters))"
    )
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()
