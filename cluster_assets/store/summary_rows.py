"""Validated summaries, and every model request behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

from sqlalchemy import RowMapping, Update, insert, select, update

from cluster_assets.core.packet import packet_from_dict, packet_to_dict
from cluster_assets.store import tables
from cluster_assets.store.database import Database, columns_of
from cluster_assets.store.records import AttemptRow, StoredSummary, SummaryRecord

_BATCH = 500  # bound parameters per statement, far below SQLite's limit


class SummaryRows(Database):
    """The tables `validated_summary` and `summary_attempt`."""

    def summaries(self, cluster_hashes: Iterable[str]) -> dict[str, StoredSummary]:
        """Return the stored summaries of these clusters, by cluster hash."""
        wanted = sorted(set(cluster_hashes))
        table = tables.validated_summary
        found: dict[str, StoredSummary] = {}
        with self._reading() as connection:
            for start in range(0, len(wanted), _BATCH):
                query = select(table).where(
                    table.c.cluster_hash.in_(wanted[start : start + _BATCH])
                )
                for row in connection.execute(query).mappings():
                    found[row["cluster_hash"]] = _stored_summary(row)
        return found

    def save_summary(self, summary: StoredSummary) -> None:
        """Store the validated summary of a cluster; it replaces the stored one."""
        values = {item.name: getattr(summary, item.name) for item in fields(summary)}
        values["packet"] = packet_to_dict(summary.packet)
        values["record"] = summary.record.to_json()
        values["reasons"] = list(summary.reasons)
        statement = self._insert(tables.validated_summary).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["cluster_hash"],
            set_={name: statement.excluded[name] for name in values if name != "cluster_hash"},
        )
        with self._writing() as connection:
            connection.execute(statement)
            connection.execute(_pending(summary.cluster_hash, None))

    def note_pending(self, cluster_hash: str, reason: str) -> None:
        """Record why a batch leaves a cluster without a text."""
        with self._writing() as connection:
            connection.execute(_pending(cluster_hash, reason))

    def record_attempt(self, row: AttemptRow) -> int:
        """Store one model request; return the id of its row."""
        values = asdict(row) | {"codes": list(row.codes)}
        table = tables.summary_attempt
        with self._writing() as connection:
            return connection.execute(
                insert(table).values(values).returning(table.c.id)
            ).scalar_one()

    def conclude_attempt(self, attempt_id: int, *, outcome: str, codes: Sequence[str]) -> None:
        """Record the outcome of a reply after checks and verdict."""
        with self._writing() as connection:
            connection.execute(
                update(tables.summary_attempt)
                .where(tables.summary_attempt.c.id == attempt_id)
                .values(outcome=outcome, codes=list(codes))
            )

    def attempts(self, cluster_hash: str) -> list[AttemptRow]:
        """Return all requests made for a cluster, oldest first."""
        table = tables.summary_attempt
        query = select(table).where(table.c.cluster_hash == cluster_hash).order_by(table.c.id)
        with self._reading() as connection:
            return [_attempt(row) for row in connection.execute(query).mappings()]


def _pending(cluster_hash: str, reason: str | None) -> Update:
    table = tables.cluster
    return update(table).where(table.c.cluster_hash == cluster_hash).values(pending_reason=reason)


def _stored_summary(row: RowMapping) -> StoredSummary:
    values = columns_of(row)
    values["reasons"] = tuple(values["reasons"])
    values["packet"] = packet_from_dict(values["packet"])
    values["record"] = SummaryRecord.from_json(values["record"])
    return StoredSummary(**values)


def _attempt(row: RowMapping) -> AttemptRow:
    values = columns_of(row)
    del values["id"]
    values["codes"] = tuple(values["codes"])
    return AttemptRow(**values)
