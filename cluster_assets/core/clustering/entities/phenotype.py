"""Phenotype clustering: disease entities by their recorded terms, clusters described by v-tests.

This module only puts the steps in order. Each step has a module of its own, which is imported when
a clustering is made, because definitions that load this module must stay light.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from cluster_assets.core.clustering.params import PhenotypeParams
from cluster_assets.core.models import Clustering, Member, PhenotypeInput, Predecessor

if TYPE_CHECKING:
    from cluster_assets.core.clustering.assembly import Draft, Frame
    from cluster_assets.core.clustering.entities.grouping import Grouping
    from cluster_assets.core.clustering.entities.mca import Factors
    from cluster_assets.core.clustering.entities.presence import Presence
    from cluster_assets.core.clustering.entities.ward import FactorSpace

CAVEAT = "a term that is not recorded may be absent, not looked for, or not reported"
DEFAULTS = PhenotypeParams()


def cluster_entities(
    inp: PhenotypeInput,
    params: PhenotypeParams = DEFAULTS,
    predecessor: Predecessor | None = None,
) -> Clustering:
    """Cluster the entities of an input by their recorded terms.

    The same input gives the same clusters and hashes in any row order, process or thread count.

    Args:
        inp: entities and their terms.
        params: parameters of the method.
        predecessor: the clustering published before; None starts afresh.

    Raises:
        InputError: `CA-230` to `CA-232`, `CA-234` or `CA-235` if the input is invalid.
        ClusteringError: `CA-311` if fewer than two terms are active, `CA-312` if there are fewer
            than four entities.
    """
    return cluster_entities_with_space(inp, params, predecessor)[0]


def cluster_entities_with_space(
    inp: PhenotypeInput,
    params: PhenotypeParams = DEFAULTS,
    predecessor: Predecessor | None = None,
) -> tuple[Clustering, FactorSpace]:
    """Cluster entities as `cluster_entities` does; also return what plots are drawn from."""
    from threadpoolctl import threadpool_limits

    from cluster_assets.core.clustering.assembly import assemble
    from cluster_assets.core.clustering.continuity import published_labels
    from cluster_assets.core.clustering.entities.grouping import group_entities
    from cluster_assets.core.clustering.entities.mca import fit_mca
    from cluster_assets.core.clustering.entities.presence import build_presence
    from cluster_assets.core.clustering.entities.ward import FactorSpace
    from cluster_assets.core.clustering.frames import check_phenotype

    check_phenotype(inp)
    presence = build_presence(inp, params.min_prevalence, params.max_prevalence)
    published = published_labels(presence.entity_ids, predecessor.clusters if predecessor else {})
    # one thread: the last bits must not depend on the number of cores; draws run in parallel anyway
    with threadpool_limits(limits=1):
        factors = fit_mca(presence.active, params.n_axes)
        grouping = group_entities(presence, factors.coordinates, published, params)
        quality = _measure(presence, factors, grouping, params)
        drafts = _drafts(inp, params, presence, grouping)
    clustering = assemble(_frame(inp, params, predecessor, grouping, quality, drafts), drafts)
    space = FactorSpace(presence.entity_ids, factors.coordinates, grouping.tree)
    return clustering, space


def _frame(
    inp: PhenotypeInput,
    params: PhenotypeParams,
    predecessor: Predecessor | None,
    grouping: Grouping,
    quality: dict[str, float],
    drafts: Sequence[Draft],
) -> Frame:
    from cluster_assets.core.clustering.assembly import Frame
    from cluster_assets.core.clustering.fingerprints import phenotype_fingerprint

    inside = {member.id for draft in drafts for member in draft.members}
    return Frame(
        type="phenotype",
        namespace="entity",
        fingerprint=phenotype_fingerprint(inp, params),
        params={**asdict(params), "method": "MCA, Ward's tree and consolidation"},
        quality=quality,
        releases=inp.releases,
        notes=(*inp.notes, *_findings(grouping, quality, params), CAVEAT),
        unclustered=tuple(m for key, m in _members(inp).items() if key not in inside),
        predecessor=predecessor,
        is_warm=grouping.is_warm,
    )


def _members(inp: PhenotypeInput) -> dict[str, Member]:
    """Return the members by id; the label of an entity without a disease name is its id."""
    entities = inp.entities
    names = entities["disease_name"].where(entities["disease_name"].notna(), entities["entity_id"])
    return {
        entity: Member(entity, name)
        for entity, name in zip(entities["entity_id"], names.astype(str), strict=True)
    }


def _drafts(
    inp: PhenotypeInput,
    params: PhenotypeParams,
    presence: Presence,
    grouping: Grouping,
) -> list[Draft]:
    import numpy as np

    from cluster_assets.core.clustering.assembly import Draft
    from cluster_assets.core.clustering.entities.profiles import profile_clusters

    members, sizes = _members(inp), np.bincount(grouping.labels)
    profiles = profile_clusters(
        inp, presence, grouping.labels, min_v=params.min_v, max_rows=params.max_rows
    )
    return [
        Draft(
            members=tuple(members[key] for key in presence.entity_ids[grouping.labels == cluster]),
            rows=profile.rows,
            themes=profile.themes,
            stats={"stability": float(grouping.stability[cluster])},
        )
        for cluster, profile in enumerate(profiles)
        if sizes[cluster] >= params.min_size
    ]


def _measure(
    presence: Presence, factors: Factors, grouping: Grouping, params: PhenotypeParams
) -> dict[str, float]:
    import numpy as np

    from cluster_assets.core.clustering.entities.dip import dip_p_value, dip_statistic
    from cluster_assets.core.clustering.entities.ward import within_inertia
    from cluster_assets.core.clustering.quality import silhouette

    points, labels = factors.coordinates, grouping.labels
    sizes = np.bincount(labels)
    small = sizes < params.min_size
    dip = dip_statistic(points[:, 0])
    figures: dict[str, float] = {
        "stability": float(grouping.stability.mean()),
        "min_stability": float(grouping.stability.min()),
        "silhouette": silhouette(points, labels, params.seed),
        "dip": dip,
        "dip_p": dip_p_value(dip, len(points)),
        "explained_inertia": float(
            1 - within_inertia(points, labels) * len(points) / (points**2).sum()
        ),
        "axes_inertia": float(factors.eigenvalues.sum()),
        "n_entities": len(presence.entity_ids),
        "n_active_terms": len(presence.term_ids),
        "n_small_clusters": int(small.sum()),
        "n_in_small_clusters": int(sizes[small].sum()),
    }
    if grouping.loss is not None:
        figures["continuity_loss"] = grouping.loss
    return figures


def _findings(
    grouping: Grouping, quality: Mapping[str, float], params: PhenotypeParams
) -> list[str]:
    """Return notes on the result that a reader should know."""
    notes: list[str] = []
    if not grouping.is_stable:
        notes.append(
            f"some clusters do not reach a stability of {params.min_stability}, and a larger "
            "number of clusters is not stable either"
        )
    if quality["dip_p"] > 0.05:
        notes.append("the profiles form a continuum rather than separate groups (dip test)")
    if quality["n_small_clusters"]:
        notes.append(
            f"{quality['n_in_small_clusters']:.0f} entities are in clusters of fewer than "
            f"{params.min_size}, which are not reported"
        )
    if grouping.loss is not None and not grouping.is_warm:
        notes.append("started afresh: the published clusters no longer fit the data")
    return notes
