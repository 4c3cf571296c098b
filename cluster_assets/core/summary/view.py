"""The part of an evidence packet that models see: the size, typical members, one line per row.

A packet lists every member and, for each row, every gene with the term, for checks, store and
readers. A model needs neither: a cluster of a thousand members would fill its context with names.
The view is a pure function of the packet, and writer and judge see the same rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.packet import packet_from_dict, packet_sha256, row_to_dict

MAX_TYPICAL = 10
MAX_GENES = 10  # per row; `k` is their number
_DIGITS = 3


def packet_view(packet: EvidencePacket) -> dict[str, JsonValue]:
    """Return the view of a writer as JSON values; `packet_hash` is that of the whole packet."""
    head: dict[str, JsonValue] = {
        "packet_version": packet.packet_version,
        "packet_hash": packet_sha256(packet),
        "cluster_type": packet.cluster_type,
        "cluster_hash": packet.cluster_hash,
        "name": packet.name,
        "n_members": packet.n_members,
        "data_releases": dict(packet.data_releases),
    }
    if typical := list(_ranks(packet))[:MAX_TYPICAL]:
        head["typical_members"] = [*typical]
    return {**head, "rows": [*row_views(packet, packet.rows)]}


def row_views(
    packet: EvidencePacket, rows: Iterable[EvidenceRow], text: str = ""
) -> list[dict[str, JsonValue]]:
    """Return rows as JSON values: numbers to three digits, the most typical genes first.

    Args:
        packet: the evidence, which determines how typical a gene is.
        rows: rows of that packet.
        text: genes that occur in it are always shown, so that a judge can compare them.
    """
    ranks = _ranks(packet)
    return [_row_view(row, ranks, text) for row in rows]


def packet_from_view(view: Mapping[str, JsonValue]) -> EvidencePacket:
    """Read a view: a packet with the rows as shown and without members.

    Raises:
        InputError: `CA-204` when a field is missing or unknown.
    """
    whole = {key: value for key, value in view.items() if key not in _NOT_IN_PACKET}
    return packet_from_dict({**whole, "members": []})


def lines_of(value: Mapping[str, JsonValue]) -> bytes:
    """Return compact JSON in which each entry of a list of objects has its own line."""
    return "{{{}}}".format(
        ",\n".join(f"{_compact(name)}:{_lines(part)}" for name, part in value.items())
    ).encode()


_NOT_IN_PACKET = frozenset({"packet_hash", "typical_members"})


def _lines(value: JsonValue) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n{}\n]".format(",\n".join(_compact(entry) for entry in value))
    return _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _row_view(row: EvidenceRow, ranks: Mapping[str, int], text: str) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {
        name: float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
        for name, value in row_to_dict(row).items()
        if name != "kind"  # follows from the id
    }
    if row.genes:
        ranked = sorted(row.genes, key=ranks.__getitem__)
        values["genes"] = [
            *ranked[:MAX_GENES],
            *(gene for gene in ranked[MAX_GENES:] if gene in text),
        ]
    return values


def _ranks(packet: EvidencePacket) -> dict[str, int]:
    """Return the rank of each gene in the rows: genes in most rows first, ties by symbol.

    A packet does not say which entities are typical, so a phenotype cluster has none.
    """
    n_rows = Counter(gene for row in packet.rows for gene in row.genes)
    ordered = sorted(n_rows, key=lambda gene: (-n_rows[gene], gene))
    return {gene: rank for rank, gene in enumerate(ordered)}
