"""The values that cross module borders: inputs, clusterings, clusters, evidence.

Only frozen records and the columns of the frames that they carry; what is done with them lives in
the modules named after the doing. Frames are never changed in place after they are put in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # the Dagster definitions import this module and must stay light
    import pandas as pd

ClusterType = Literal["functional", "phenotype"]
CLUSTER_TYPES: tuple[ClusterType, ...] = ("functional", "phenotype")
TypeChoice = Literal["functional", "phenotype", "all"]
Continuity = Literal["warm", "fresh"]  # start from the published clustering, or not
Namespace = Literal["HGNC", "NCBIGene", "entity"]
Direction = Literal["over", "under"]
RowKind = Literal["term", "inheritance", "count"]


@dataclass(frozen=True, slots=True)
class FunctionalInput:
    """What a functional clustering is computed from.

    Attributes:
        genes: one row a gene: `gene_id` (unique CURIE, e.g. `HGNC:14294`), `symbol`.
        interactions: one row an undirected edge: `gene_a`, `gene_b`, `weight` (float64 > 0).
        annotations: one row a gene and term, unique: `gene_id`, `term_id`, `source`.
        terms: one row a term: `term_id` (unique), `label`, `source`.
        interaction_label: what an interaction is, in words that a reader sees.
        namespace: what the gene ids are.
        releases: data releases, e.g. `{"HPO": "2025-01-16"}`.
        notes: findings about the data that a person should see (counts of what was set aside).
    """

    genes: pd.DataFrame
    interactions: pd.DataFrame
    annotations: pd.DataFrame
    terms: pd.DataFrame
    interaction_label: str
    namespace: Literal["HGNC", "NCBIGene"]
    releases: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhenotypeInput:
    """What a phenotype clustering is computed from.

    Attributes:
        entities: one row an entity: `entity_id` (key of `identity.entity_key`, unique), `gene_id`
            (may be missing), `symbol` (may be missing), `disease_id`, `disease_name`,
            `inheritance_id` (HPO id, may be missing).
        phenotypes: one row an entity and recorded term, unique, ancestors included: `entity_id`,
            `term_id`.
        terms: one row a term: `term_id` (unique), `label`. Inheritance terms included.
        releases: data releases.
        term_ids: the terms to cluster on; empty means all that fall into the prevalence band.
        notes: findings about the data that a person should see.
    """

    entities: pd.DataFrame
    phenotypes: pd.DataFrame
    terms: pd.DataFrame
    releases: Mapping[str, str]
    term_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a cluster: its id and what a reader calls it (a symbol or a disease name)."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One numbered fact about a cluster.

    Attributes:
        id: `E01`.. for terms, `I01`.. for inheritance, `Q01`.. for counts.
        kind: which of the three.
        source: `GO:BP`, `REAC`, `HPO` ...
        term_id: id in the source; for counts a name such as `n_phenotypes`.
        label: official label of the term.
        p: p-value, two-sided for v-tests; 0.0 where it is below the smallest double.
        fdr: Benjamini-Hochberg adjusted (functional rows only).
        v: v-test (phenotype rows only), finite.
        k: members with the term (None for counts).
        n: members of the cluster (None for counts).
        direction: sign of the association; functional rows are always `over`.
        genes: symbols of the members with the term, sorted (functional rows only).
        mean: mean of the count in the cluster, and
        overall_mean: in all entities (counts only).
    """

    id: str
    kind: RowKind
    source: str
    term_id: str
    label: str
    p: float
    direction: Direction = "over"
    fdr: float | None = None
    v: float | None = None
    k: int | None = None
    n: int | None = None
    genes: tuple[str, ...] = ()
    mean: float | None = None
    overall_mean: float | None = None


@dataclass(frozen=True, slots=True)
class EvidencePacket:
    """All that may be said about a cluster; `core.packet` builds, renders and hashes it."""

    packet_version: int
    cluster_type: ClusterType
    cluster_hash: str
    name: str
    n_members: int
    members: tuple[Member, ...]
    rows: tuple[EvidenceRow, ...]
    data_releases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a cluster comes from: its best ancestor in the clustering published before.

    Attributes:
        change: the kind of change against that clustering.
        ancestor: cluster hash of the best ancestor by Jaccard, None when new.
        jaccard: overlap with it, 0 to 1.
        n_gained: members that the ancestor did not have.
        n_lost: members of the ancestor that are not here.
    """

    change: Literal["unchanged", "grown", "shrunk", "changed", "split", "merged", "new"]
    ancestor: str | None = None
    jaccard: float = 0.0
    n_gained: int = 0
    n_lost: int = 0


@dataclass(frozen=True, slots=True)
class Subcluster:
    """A part of a cluster that holds together more than the rest; never summarised by itself."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of one clustering: identity, members, evidence, and how sure its borders are.

    Attributes:
        cluster_hash: see `core.identity`.
        name: short and made from content, e.g. `Ion channel transport (41 genes)`.
        members: sorted by id.
        packet: evidence for the texts.
        stats: figures of this cluster, e.g. `{"stability": 0.91}`.
        lineage: against the clustering published before.
        member_confidence: how sure the place of each member is, 0 to 1, by member id; functional
            clusters only.
        subclusters: largest first; empty unless asked for.
    """

    cluster_hash: str
    name: str
    members: tuple[Member, ...]
    packet: EvidencePacket
    stats: Mapping[str, float] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=lambda: Lineage(change="new"))
    member_confidence: Mapping[str, float] = field(default_factory=dict)
    subclusters: tuple[Subcluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Clustering:
    """One run of one method over one input.

    Attributes:
        type: functional or phenotype.
        clustering_id: 16 hex characters; see `core.identity.clustering_id`.
        fingerprint: sha256 over input data, parameters and library versions.
        clusters: largest first.
        n_members: members that were clustered, small clusters and isolates included.
        unclustered: members in no reported cluster (isolates, clusters below the minimum size).
        params: parameters of the method, JSON values.
        quality: figures of the clustering as a whole.
        releases: data releases.
        notes: findings that a person should see.
        started_from: clustering_id of the warm start, or None.
    """

    type: ClusterType
    clustering_id: str
    fingerprint: str
    clusters: tuple[Cluster, ...]
    n_members: int
    unclustered: tuple[Member, ...]
    params: Mapping[str, object]
    quality: Mapping[str, float]
    releases: Mapping[str, str]
    notes: tuple[str, ...] = ()
    started_from: str | None = None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The clustering published before: input of warm start and lineage.

    Attributes:
        clustering_id: its id.
        clusters: cluster hash to member ids.
    """

    clustering_id: str
    clusters: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The official words that the checks know: sources load them, `core.summary` searches for them.

    Attributes:
        labels: term id to official label, obsolete terms left out.
        synonyms: term id to its exact synonyms.
        symbols: approved gene symbol to gene id.
        aliases: alias or previous symbol to the gene ids that bear or bore it.
        gene_names: gene id to approved name.
    """

    labels: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]]
    symbols: Mapping[str, str]
    aliases: Mapping[str, frozenset[str]]
    gene_names: Mapping[str, str] = field(default_factory=dict)
