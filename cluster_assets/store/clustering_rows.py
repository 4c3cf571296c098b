"""Clusterings and their clusters: stored whole, read back, published."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    func,
    select,
    update,
)

from cluster_assets.core.models import (
    Cluster,
    Clustering,
    ClusterType,
    Lineage,
    Member,
    Predecessor,
    Subcluster,
)
from cluster_assets.core.packet import packet_from_dict, packet_sha256, packet_to_dict
from cluster_assets.store import tables
from cluster_assets.store.database import Database, columns_of
from cluster_assets.store.records import StoredCluster, StoredClustering

_HEAD = [
    column
    for column in tables.clustering.c
    if column.name not in {"plots", "sequence", "published_sequence"}
]


class ClusteringRows(Database):
    """The tables `clustering`, `cluster` and `clustering_cluster`."""

    def save_clustering(
        self,
        result: Clustering,
        *,
        run_id: str | None,
        now: datetime,
        plots: Mapping[str, bytes] | None = None,
        input_stamp: str | None = None,
    ) -> None:
        """Store a clustering in one transaction; one that is stored already becomes the newest.

        The id stands for input and clusters, not for their provenance, which is overwritten.
        """
        provenance = {
            "input_stamp": input_stamp,
            "created_at": now,
            "sequence": _next_number("sequence", result.type),
            "run_id": run_id,
            "started_from": result.started_from,
            "quality": dict(result.quality),
            "notes": list(result.notes),
        }
        statement = self._insert(tables.clustering).values(
            clustering_id=result.clustering_id,
            type=result.type,
            fingerprint=result.fingerprint,
            n_members=result.n_members,
            n_clusters=len(result.clusters),
            unclustered=[[member.id, member.label] for member in result.unclustered],
            params=dict(result.params),
            releases=dict(result.releases),
            plots={name: b64encode(png).decode() for name, png in (plots or {}).items()},
            **provenance,
        )
        known = select(tables.clustering.c.clustering_id).where(
            tables.clustering.c.clustering_id == result.clustering_id
        )
        with self._writing() as connection:
            is_known = connection.execute(known).first() is not None
            connection.execute(
                statement.on_conflict_do_update(index_elements=["clustering_id"], set_=provenance)
            )
            if not is_known:
                self._save_clusters(connection, result, now)

    def _save_clusters(self, connection: Connection, result: Clustering, now: datetime) -> None:
        if not result.clusters:
            return
        connection.execute(
            self._insert(tables.cluster).on_conflict_do_nothing(),
            [
                {
                    "cluster_hash": item.cluster_hash,
                    "type": result.type,
                    "n_members": len(item.members),
                    "members": [[member.id, member.label] for member in item.members],
                    "first_seen_at": now,
                }
                for item in result.clusters
            ],
        )
        connection.execute(
            self._insert(tables.clustering_cluster).on_conflict_do_nothing(),
            [_cluster_row(result, position, item) for position, item in enumerate(result.clusters)],
        )

    def clustering(self, clustering_id: str) -> StoredClustering | None:
        """Return a clustering by its id."""
        return self._clustering(clustering_id)

    def plots(self, clustering_id: str) -> dict[str, str]:
        """Return the plots of a clustering: PNG images in base64, by name."""
        table = tables.clustering
        query = select(table.c.plots).where(table.c.clustering_id == clustering_id)
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    def latest_clustering(self, cluster_type: ClusterType) -> StoredClustering | None:
        """Return the newest clustering of a type, published or not."""
        return self._clustering(_last("sequence", cluster_type))

    def published_clustering(self, cluster_type: ClusterType) -> StoredClustering | None:
        """Return the published clustering of a type."""
        return self._clustering(_last("published_sequence", cluster_type))

    def note_stamp(self, clustering_id: str, input_stamp: str | None) -> None:
        """Record the stamp of the files that a clustering was last read from."""
        table = tables.clustering
        with self._writing() as connection:
            connection.execute(
                update(table)
                .where(table.c.clustering_id == clustering_id)
                .values(input_stamp=input_stamp)
            )

    def predecessor(self, cluster_type: ClusterType) -> Predecessor | None:
        """Return the published clustering of a type as the start of the next one."""
        published = self.published_clustering(cluster_type)
        if published is None:
            return None
        query = (
            select(tables.cluster.c.cluster_hash, tables.cluster.c.members)
            .join(tables.clustering_cluster)
            .where(tables.clustering_cluster.c.clustering_id == published.clustering_id)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return Predecessor(
            clustering_id=published.clustering_id,
            clusters={row.cluster_hash: frozenset(m[0] for m in row.members) for row in rows},
        )

    def clusters(self, clustering_id: str) -> list[StoredCluster]:
        """Return the clusters of a clustering, in its order."""
        table = tables.clustering_cluster
        query = (
            _clusters_seen()
            .where(table.c.clustering_id == clustering_id)
            .order_by(table.c.position)
        )
        with self._reading() as connection:
            return [_stored_cluster(row) for row in connection.execute(query).mappings()]

    def clusters_by_hash(
        self, cluster_hashes: Sequence[str], clustering_id: str | None
    ) -> list[StoredCluster]:
        """Return clusters as they are in one clustering, in its order.

        Without a clustering, each cluster as it is in the newest clustering that contains it.
        """
        if clustering_id is not None:
            wanted = set(cluster_hashes)
            return [c for c in self.clusters(clustering_id) if c.cluster_hash in wanted]
        table, whole = tables.clustering_cluster, tables.clustering
        rank = func.row_number().over(
            partition_by=table.c.cluster_hash,
            order_by=(whole.c.sequence.desc(), whole.c.clustering_id.desc()),
        )
        seen = (
            select(
                table.c.cluster_hash, table.c.clustering_id, whole.c.sequence, rank.label("rank")
            )
            .select_from(table.join(whole))
            .where(table.c.cluster_hash.in_(cluster_hashes))
            .subquery()
        )
        is_newest = and_(
            seen.c.cluster_hash == table.c.cluster_hash,
            seen.c.clustering_id == table.c.clustering_id,
            seen.c.rank == 1,
        )
        query = _clusters_seen().join(seen, is_newest)
        query = query.order_by(seen.c.sequence, table.c.clustering_id, table.c.position)
        with self._reading() as connection:
            return [_stored_cluster(row) for row in connection.execute(query).mappings()]

    def is_settled(self, clustering_id: str) -> bool:
        """Return whether every cluster has a text, or a reason why it has none."""
        table, summary = tables.clustering_cluster, tables.validated_summary
        is_written = summary.c.cluster_hash == table.c.cluster_hash
        query = (
            select(table.c.cluster_hash)
            .select_from(table.join(tables.cluster).outerjoin(summary, is_written))
            .where(
                table.c.clustering_id == clustering_id,
                summary.c.cluster_hash.is_(None),
                tables.cluster.c.pending_reason.is_(None),
            )
        )
        with self._reading() as connection:
            return connection.execute(query.limit(1)).first() is None

    def publish(self, clustering_id: str, *, now: datetime) -> None:
        """Make a clustering the published one of its type."""
        table = tables.clustering
        number = _next_number("published_sequence", table.c.type)
        with self._writing() as connection:
            connection.execute(
                update(table)
                .where(table.c.clustering_id == clustering_id)
                .values(published_at=now, published_sequence=number)
            )

    def _clustering(self, clustering_id: str | ScalarSelect[str]) -> StoredClustering | None:
        query = select(*_HEAD).where(tables.clustering.c.clustering_id == clustering_id)
        with self._reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _stored_clustering(row)


@cache  # building the query costs as much as running it
def _last(number: str, cluster_type: ClusterType) -> ScalarSelect[str]:
    """Return the query for the id of the last clustering of a type; the index covers it."""
    other = tables.clustering.alias()
    return (
        select(other.c.clustering_id)
        .where(other.c.type == cluster_type, other.c[number].is_not(None))
        .order_by(other.c[number].desc(), other.c.clustering_id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _next_number(number: str, cluster_type: ClusterType | ColumnElement[str]) -> ScalarSelect[int]:
    """Return the query for the next number of a type, given as a value or as a column."""
    other = tables.clustering.alias()
    query = select(func.coalesce(func.max(other.c[number]), 0) + 1)
    return query.where(other.c.type == cluster_type).correlate(tables.clustering).scalar_subquery()


def _clusters_seen() -> Select[tuple[object, ...]]:
    return select(tables.clustering_cluster, tables.cluster.c.pending_reason).join(tables.cluster)


def _cluster_row(result: Clustering, position: int, item: Cluster) -> dict[str, object]:
    return {
        "clustering_id": result.clustering_id,
        "cluster_hash": item.cluster_hash,
        "position": position,
        "name": item.name,
        "packet": packet_to_dict(item.packet),
        "packet_sha256": packet_sha256(item.packet),
        "stats": dict(item.stats),
        "lineage": asdict(item.lineage),
        "member_confidence": dict(item.member_confidence),
        "subclusters": [
            {"name": part.name, "members": [[member.id, member.label] for member in part.members]}
            for part in item.subclusters
        ],
    }


def _stored_clustering(row: RowMapping) -> StoredClustering:
    values = columns_of(row)
    values["unclustered"] = tuple(Member(*pair) for pair in values["unclustered"])
    values["notes"] = tuple(values["notes"])
    return StoredClustering(**values)


def _stored_cluster(row: RowMapping) -> StoredCluster:
    values = columns_of(row)
    del values["packet_sha256"]
    values["packet"] = packet_from_dict(values["packet"])
    values["lineage"] = Lineage(**values["lineage"])
    values["member_confidence"] = values["member_confidence"] or {}
    values["subclusters"] = tuple(
        Subcluster(part["name"], tuple(Member(*pair) for pair in part["members"]))
        for part in values["subclusters"] or ()
    )
    return StoredCluster(**values)
