from __future__ import annotations

from dataclasses import replace

import pytest

from cluster_assets.core.clustering import fingerprints
from cluster_assets.core.clustering.fingerprints import (
    functional_fingerprint,
    phenotype_fingerprint,
)
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from support.clustering_inputs import functional_input, phenotype_input, shuffled

GENES = functional_input()
ENTITIES = phenotype_input()
P, Q = FunctionalParams(), PhenotypeParams()


def test_row_order_direction_and_type_of_text_do_not_matter() -> None:
    whole = functional_fingerprint(GENES, P)
    assert functional_fingerprint(shuffled(GENES, 4), P) == whole
    as_category = GENES.annotations.astype({"term_id": "category", "gene_id": object})
    assert functional_fingerprint(replace(GENES, annotations=as_category), P) == whole
    assert phenotype_fingerprint(shuffled(ENTITIES, 4), Q) == phenotype_fingerprint(ENTITIES, Q)


def changed_functional():
    edges, genes, notes = GENES.interactions, GENES.genes, GENES.annotations
    swapped = notes.rename(columns={"gene_id": "term_id", "term_id": "gene_id"})
    yield "weight", replace(GENES, interactions=edges.assign(weight=edges["weight"] + 1e-9))
    yield "edge gone", replace(GENES, interactions=edges.iloc[1:])
    yield "edge twice", replace(GENES, interactions=edges.iloc[[0, *range(len(edges))]])
    yield "symbol", replace(GENES, genes=genes.assign(symbol="X"))
    yield "symbol missing", replace(GENES, genes=genes.assign(symbol=None))
    yield "columns exchanged", replace(GENES, annotations=swapped)
    yield "label", replace(GENES, terms=GENES.terms.assign(label="x"))
    yield "release", replace(GENES, releases={"GO": "2023-01"})
    yield "kind of interaction", replace(GENES, interaction_label="y")


@pytest.mark.parametrize(("what", "inp"), list(changed_functional()), ids=lambda x: str(x)[:20])
def test_every_change_of_content_shows(what: str, inp) -> None:
    assert functional_fingerprint(inp, P) != functional_fingerprint(GENES, P)


def test_changes_of_a_phenotype_input_show() -> None:
    whole = phenotype_fingerprint(ENTITIES, Q)
    fewer = replace(ENTITIES, phenotypes=ENTITIES.phenotypes.iloc[1:])
    assert phenotype_fingerprint(fewer, Q) != whole
    assert phenotype_fingerprint(replace(ENTITIES, term_ids=("HP:0001000",)), Q) != whole
    assert phenotype_fingerprint(ENTITIES, PhenotypeParams(seed=1)) != whole


def test_parameters_and_libraries_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = functional_fingerprint(GENES, P)
    assert functional_fingerprint(GENES, FunctionalParams(resolution=1.5)) != whole
    monkeypatch.setattr(fingerprints, "version", lambda name: "0")
    assert functional_fingerprint(GENES, P) != whole
