"""The inputs of both clusterings, built from their joined tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from cluster_assets.core.models import FunctionalInput, PhenotypeInput
from cluster_assets.sources.embedded.clinical_terms import clustered_terms
from cluster_assets.sources.formats.obo import Ontology
from cluster_assets.sources.joining.annotations import Annotations
from cluster_assets.sources.joining.interactions import Network
from cluster_assets.sources.joining.profiles import Profiles
from cluster_assets.sources.joining.universe import Universe
from cluster_assets.sources.notices import Notice, notes


def join_functional(
    universe: Universe,
    network: Network,
    annotated: Annotations,
    releases: Mapping[str, str],
    notices: Sequence[Notice],
) -> tuple[FunctionalInput, tuple[Notice, ...]]:
    """Return genes with their interactions and annotations, and all notices.

    Args:
        universe: the genes.
        network: interactions among them.
        annotated: gene-term rows.
        releases: releases of the genes; those of the tables are added.
        notices: about the genes; those of the network and the annotations are added.
    """
    found = (*notices, *network.notices, *annotated.notices)
    joined = FunctionalInput(
        genes=universe.genes,
        interactions=network.edges,
        annotations=annotated.rows,
        terms=annotated.terms,
        interaction_label=network.label,
        namespace=universe.namespace,
        releases={**releases, **network.releases, **annotated.releases},
        notes=notes(found),
    )
    return joined, found


def join_phenotype(
    entities: pd.DataFrame,
    phenotypes: pd.DataFrame,
    profiles: Profiles,
    ontology: Ontology,
    choice: Literal["prevalence", "clinical"],
    releases: Mapping[str, str],
    notices: Sequence[Notice],
) -> tuple[PhenotypeInput, tuple[Notice, ...]]:
    """Return entities with their phenotypes, and all notices.

    Args:
        entities: one row per entity.
        phenotypes: `entity_id`, `term_id`, ancestors included.
        profiles: the terms of the entities.
        ontology: HPO.
        choice: which terms to cluster on.
        releases: releases of the data.
        notices: about entities and phenotypes; clinical terms that no entity has are added.
    """
    term_ids, missing = clustered_terms(choice, profiles.terms)
    found = (*notices, *missing)
    joined = PhenotypeInput(
        entities=entities,
        phenotypes=phenotypes,
        terms=ontology.phenotype_table(profiles.terms),
        releases=releases,
        term_ids=term_ids,
        notes=notes(found),
    )
    return joined, found
