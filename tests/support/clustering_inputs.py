"""Small inputs with a planted structure, and the same inputs with their rows in another order."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from cluster_assets.core.models import FunctionalInput, PhenotypeInput

Input = TypeVar("Input", FunctionalInput, PhenotypeInput)
N_MODULES = 4
MODULE_SIZE = 25
N_PROFILES = 3
PROFILE_SIZE = 60
TERMS_PER_PROFILE = 6


def gene(number: int) -> str:
    return f"HGNC:{number + 1}"


def functional_input(seed: int = 0) -> FunctionalInput:
    """Four modules of 25 genes, a triangle that is too small to report, and two isolates."""
    rng = np.random.default_rng(seed)
    n_planted = N_MODULES * MODULE_SIZE
    module = np.arange(n_planted) // MODULE_SIZE
    low, high = np.triu_indices(n_planted, k=1)
    linked = rng.random(len(low)) < np.where(module[low] == module[high], 0.4, 0.01)
    edges = list(zip(low[linked], high[linked], strict=True))
    edges += [
        (n_planted, n_planted + 1),
        (n_planted + 1, n_planted + 2),
        (n_planted, n_planted + 2),
    ]
    n_genes = n_planted + 5
    annotated = [
        (gene(number), f"GO:{term:07d}", "GO:BP")
        for number in range(n_genes)
        for term in range(40)
        if rng.random()
        < (0.8 if number < n_planted and term % N_MODULES == module[number] else 0.1)
    ]
    ids = [f"GO:{term:07d}" for term in range(40)]
    return FunctionalInput(
        genes=pd.DataFrame(
            {
                "gene_id": [gene(number) for number in range(n_genes)],
                "symbol": [f"GENE{number + 1}" for number in range(n_genes)],
            }
        ),
        interactions=pd.DataFrame(
            {
                "gene_a": [gene(a) for a, _ in edges],
                "gene_b": [gene(b) for _, b in edges],
                "weight": rng.uniform(0.4, 1.0, len(edges)),
            }
        ),
        annotations=pd.DataFrame(annotated, columns=["gene_id", "term_id", "source"]),
        terms=pd.DataFrame(
            {"term_id": ids, "label": [f"process {x[-2:]}" for x in ids], "source": "GO:BP"}
        ),
        interaction_label="made-up interaction",
        namespace="HGNC",
        releases={"GO": "2022-07"},
    )


def phenotype_input(seed: int = 0) -> PhenotypeInput:
    """Three profiles of 60 entities with 6 terms each, the root, and a rare term."""
    rng = np.random.default_rng(seed)
    entities, recorded = [], []
    modes = ("HP:0000006", "HP:0000007", None)
    for number in range(N_PROFILES * PROFILE_SIZE):
        profile = number // PROFILE_SIZE
        mode = modes[profile]
        entity = f"HGNC:{number // 2 + 1}|OMIM:{100000 + number}|{mode or '-'}"
        entities.append(
            (entity, f"HGNC:{number // 2 + 1}", f"G{number}", f"disease {number}", mode)
        )
        recorded.append((entity, "HP:0000118"))
        recorded.extend(
            (entity, f"HP:{1000 + term:07d}")
            for term in range(N_PROFILES * TERMS_PER_PROFILE)
            if rng.random() < (0.85 if term // TERMS_PER_PROFILE == profile else 0.1)
        )
    recorded.append((entities[0][0], "HP:0009999"))
    frame = pd.DataFrame(
        entities, columns=["entity_id", "gene_id", "symbol", "disease_name", "inheritance_id"]
    )
    terms = [f"HP:{1000 + term:07d}" for term in range(N_PROFILES * TERMS_PER_PROFILE)]
    labels = {term: f"sign {term[-2:]}" for term in terms}
    labels |= {"HP:0000118": "Phenotypic abnormality", "HP:0009999": "rare sign"}
    labels |= {"HP:0000006": "Autosomal dominant", "HP:0000007": "Autosomal recessive"}
    return PhenotypeInput(
        entities=frame.assign(disease_id=frame["entity_id"].str.split("|").str[1]),
        phenotypes=pd.DataFrame(recorded, columns=["entity_id", "term_id"]),
        terms=pd.DataFrame({"term_id": list(labels), "label": list(labels.values())}),
        releases={"HPO": "2025-01-16"},
    )


def shuffled(inp: Input, seed: int) -> Input:
    """Return the same input with the rows of each table in another order."""
    names = (
        ("genes", "interactions", "annotations", "terms")
        if isinstance(inp, FunctionalInput)
        else ("entities", "phenotypes", "terms")
    )
    rng = np.random.default_rng(seed)
    frames = {
        name: getattr(inp, name).sample(frac=1, random_state=rng).reset_index(drop=True)
        for name in names
    }
    if "interactions" in frames:
        turned = frames["interactions"]
        flip = rng.random(len(turned)) < 0.5
        ends = turned[["gene_a", "gene_b"]].to_numpy()
        ends[flip] = ends[flip][:, ::-1]
        frames["interactions"] = turned.assign(gene_a=ends[:, 0], gene_b=ends[:, 1])
    return replace(inp, **frames)
