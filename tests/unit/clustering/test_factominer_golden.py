"""Values computed by FactoMineR 2.7; `golden/factominer.R` says how."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.vtests import mean_tests, share_tests

GOLDEN = json.loads((Path(__file__).parent / "golden" / "factominer.json").read_text())
PRESENCE = np.array([[int(cell) for cell in row] for row in GOLDEN["presence"]])
LABELS = np.array(GOLDEN["cluster"], dtype=np.int64) - 1
MODES = ("AD", "AR", "XL")


def test_eigenvalues_and_coordinates() -> None:
    theirs = np.array(GOLDEN["coordinates"])
    factors = fit_mca(sparse.csr_array(PRESENCE.astype(float)), theirs.shape[1])
    expected = np.array(GOLDEN["eigenvalues"])[: theirs.shape[1]]
    assert np.abs(factors.eigenvalues - expected).max() < 1e-12
    signs = np.sign((factors.coordinates * theirs).sum(axis=0))
    assert np.abs(factors.coordinates * signs - theirs).max() < 1e-9


def test_v_tests_of_terms_and_inheritance() -> None:
    modes = np.array([[mode == name for name in MODES] for mode in GOLDEN["mode"]])
    columns = sparse.csr_array(np.hstack([PRESENCE, modes]).astype(float))
    names = [f"t{i}" for i in range(PRESENCE.shape[1])] + list(MODES)
    found = share_tests(columns, LABELS)
    assert len(GOLDEN["v_tests"]) == found.v.size
    for key, (p, v) in GOLDEN["v_tests"].items():
        cluster, name = key.split("|")
        place = int(cluster) - 1, names.index(name)
        assert found.v[place] == pytest.approx(v, abs=1e-9)
        assert np.exp(found.log_p[place]) == pytest.approx(p, rel=1e-9)


def test_v_tests_of_means() -> None:
    found = mean_tests(np.array(GOLDEN["count"], dtype=float), LABELS)
    for key, (p, v) in GOLDEN["count_v"].items():
        cluster = int(key.split("|")[0]) - 1
        assert found.v[cluster] == pytest.approx(v, abs=1e-9)
        assert np.exp(found.log_p[cluster]) == pytest.approx(p, rel=1e-9)
