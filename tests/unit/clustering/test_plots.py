from __future__ import annotations

from dataclasses import replace

import pytest

from cluster_assets.core.clustering import plots
from cluster_assets.core.clustering.entities.phenotype import cluster_entities_with_space
from cluster_assets.core.clustering.genes.functional import cluster_genes_with_network
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from support.clustering_inputs import functional_input, phenotype_input

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("min_size", [10, 1000])
def test_functional_plots_are_small_pictures(min_size: int) -> None:
    inp = replace(functional_input(), interaction_label="worth $5 $ or 蛋白")
    pictures = plots.functional_plots(
        *cluster_genes_with_network(inp, FunctionalParams(min_size=min_size))
    )
    assert set(pictures) == {"network_map", "cluster_sizes"}
    for picture in pictures.values():
        assert picture.startswith(PNG)
        assert 500 < len(picture) <= plots.MAX_BYTES


def test_phenotype_plots_are_small_pictures() -> None:
    pictures = plots.phenotype_plots(
        *cluster_entities_with_space(phenotype_input(), PhenotypeParams(n_draws=5))
    )
    assert set(pictures) == {"factor_map", "dendrogram"}
    for picture in pictures.values():
        assert picture.startswith(PNG)
        assert 500 < len(picture) <= plots.MAX_BYTES
