"""The values that cross module borders: inputs, clusterings, clusters, evidence.

Only frozen records and the columns of the frames they carry; the functions that work on them live
in modules of their own. A frame is never changed in place once it is in one of these records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:  # the Dagster definitions import this module and must stay light
    import pandas as pd

ClusterType = Literal["functional", "phenotype"]
CLUSTER_TYPES: tuple[ClusterType, ...] = ("functional", "phenotype")
TypeChoice = Literal["functional", "phenotype", "all"]
Continuity = Literal["warm", "fresh"]  # start from the published clustering, or not
Namespace = Literal["HGNC", "NCBIGene", "entity"]
Direction = Literal["over", "under"]
RowKind = Literal["term", "inheritance", "count"]
_NOTHING_ELSE: Mapping[str, str] = {
    "extra": "forbid"
}  # when `core.packet` reads a record from JSON


@dataclass(frozen=True, slots=True)
class FunctionalInput:
    """The input of a functional clustering.

    Attributes:
        genes: one row per gene: `gene_id` (unique CURIE, e.g. `HGNC:14294`), `symbol`.
        interactions: one row per undirected edge: `gene_a`, `gene_b`, `weight` (float64 > 0).
        annotations: one row per gene and term, unique: `gene_id`, `term_id`, `source`.
        terms: one row per term: `term_id` (unique), `label`, `source`.
        interaction_label: what an interaction is, in words shown to readers.
        namespace: namespace of the gene ids.
        releases: data releases, e.g. `{"HPO": "2025-01-16"}`.
        notes: remarks on the data for a person to read (counts of what was set aside).
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
    """The input of a phenotype clustering.

    Attributes:
        entities: one row per entity: `entity_id` (key of `identity.entity_key`, unique), `gene_id`
            (may be missing), `symbol` (may be missing), `disease_id`, `disease_name`,
            `inheritance_id` (HPO id, may be missing).
        phenotypes: one row per entity and recorded term, unique, ancestors included: `entity_id`,
            `term_id`.
        terms: one row per term: `term_id` (unique), `label`. Inheritance terms included.
        releases: data releases.
        term_ids: the terms to cluster on; empty for all terms within the prevalence band.
        notes: remarks on the data for a person to read.
    """

    entities: pd.DataFrame
    phenotypes: pd.DataFrame
    terms: pd.DataFrame
    releases: Mapping[str, str]
    term_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a cluster: its id and its name for readers (gene symbol or disease name)."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _NOTHING_ELSE

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One numbered fact about a cluster.

    Attributes:
        id: `E01`.. for terms, `I01`.. for inheritance, `Q01`.. for counts.
        kind: term, inheritance or count.
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
        mean: mean of the count within the cluster (counts only).
        overall_mean: mean of the count over all entities (counts only).
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _NOTHING_ELSE

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
    """All the evidence on a cluster; `core.packet` builds, serializes and hashes it.

    Attributes:
        packet_version: version of this format.
        cluster_type: functional or phenotype.
        cluster_hash: identity of the cluster.
        name: name of the cluster.
        n_members: number of members.
        members: sorted by id.
        rows: in the order of their weight.
        data_releases: e.g. `{"HPO": "2025-01-16"}`.
        hash_memo: the hash once `core.packet.packet_sha256` has computed it; a changed copy starts
            without one.
    """

    packet_version: int
    cluster_type: ClusterType
    cluster_hash: str
    name: str
    n_members: int
    members: tuple[Member, ...]
    rows: tuple[EvidenceRow, ...]
    data_releases: Mapping[str, str]
    hash_memo: str | None = field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a cluster relates to its best ancestor in the previously published clustering.

    Attributes:
        change: kind of change since that clustering.
        ancestor: cluster hash of the best ancestor by Jaccard index, None when new.
        jaccard: overlap with the ancestor, 0 to 1.
        n_gained: members that the ancestor did not have.
        n_lost: members of the ancestor that this cluster does not have.
    """

    change: Literal["unchanged", "grown", "shrunk", "changed", "split", "merged", "new"]
    ancestor: str | None = None
    jaccard: float = 0.0
    n_gained: int = 0
    n_lost: int = 0


@dataclass(frozen=True, slots=True)
class Subcluster:
    """A denser part of a cluster; it never gets a summary of its own."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of one clustering: identity, members, evidence, and confidence in its borders.

    Attributes:
        cluster_hash: see `core.identity`.
        name: short name made from its content, e.g. `Ion channel transport (41 genes)`.
        members: sorted by id.
        packet: evidence that its texts rest on.
        stats: figures of this cluster, e.g. `{"stability": 0.91}`.
        lineage: relation to the previously published clustering.
        member_confidence: confidence in the assignment of each member, 0 to 1, by member id;
            functional clusters only.
        subclusters: largest first; empty unless requested.
    """

    cluster_hash: str
    name: str
    members: tuple[Member, ...]
    packet: EvidencePacket
    stats: Mapping[str, float] = field(default_factory=dict[str, float])
    lineage: Lineage = field(default_factory=lambda: Lineage(change="new"))
    member_confidence: Mapping[str, float] = field(default_factory=dict[str, float])
    subclusters: tuple[Subcluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Clustering:
    """One run of one method over one input.

    Attributes:
        type: functional or phenotype.
        clustering_id: 16 hex characters; see `core.identity.clustering_id`.
        fingerprint: sha256 over input data, parameters and library versions.
        clusters: largest first.
        n_members: number of clustered members, including small clusters and isolates.
        unclustered: members in no reported cluster (isolates, clusters below the minimum size).
        params: parameters of the method, JSON values.
        quality: figures of the clustering as a whole.
        releases: data releases.
        notes: remarks for a person to read.
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
    """The previously published clustering: input of warm start and lineage.

    Attributes:
        clustering_id: its id.
        clusters: member ids by cluster hash.
    """

    clustering_id: str
    clusters: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Official terms and gene symbols: `sources` loads them, `core.summary` searches for them.

    Attributes:
        labels: official label by term id, without obsolete terms.
        synonyms: exact synonyms by term id.
        symbols: gene id by approved gene symbol.
        aliases: gene ids by alias or previous symbol.
        gene_names: approved gene name by gene id.
    """

    labels: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]]
    symbols: Mapping[str, str]
    aliases: Mapping[str, frozenset[str]]
    gene_names: Mapping[str, str] = field(default_factory=dict[str, str])
