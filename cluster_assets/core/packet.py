"""The evidence packet: built, written out and read back in one way only.

Checks, template, store and readers all work on the packet built here; `core.summary.view` makes
what models are shown of it. Which rows are significant and which of them are kept is decided
before, in the modules that compute them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from cluster_assets.core.identity import canonical_json, sha256_hex
from cluster_assets.core.injection import foreign_text
from cluster_assets.core.labels import clean_label, safe_label
from cluster_assets.core.models import (
    ClusterType,
    EvidencePacket,
    EvidenceRow,
    Member,
    RowKind,
)
from cluster_assets.errors import InputError

PACKET_VERSION = 1
MIN_MEMBERS = 3
PREFIXES: Mapping[RowKind, str] = {"term": "E", "inheritance": "I", "count": "Q"}
_KINDS: Mapping[str, RowKind] = {prefix: kind for kind, prefix in PREFIXES.items()}
_ROW_FIELDS = tuple(field.name for field in fields(EvidenceRow))
_FLOATS = ("p", "fdr", "v", "mean", "overall_mean")


def build_packet(
    *,
    cluster_type: ClusterType,
    cluster_hash: str,
    name: str,
    members: Sequence[Member],
    rows: Sequence[EvidenceRow],
    data_releases: Mapping[str, str],
) -> EvidencePacket:
    """Freeze the evidence for one cluster.

    Args:
        cluster_type: functional or phenotype.
        cluster_hash: identity of the cluster.
        name: what the cluster is called.
        members: all of them; order does not matter.
        rows: in the order of their weight; ids are given here, `E01`.. `I01`.. `Q01`.. by kind.
        data_releases: e.g. `{"HPO": "2025-01-16"}`.

    Raises:
        InputError: `CA-203` when a member or a row comes twice or a number is not finite.
    """
    _refuse_repeats("member", [member.id for member in members])
    _refuse_repeats("evidence row", [f"{row.kind} {row.source} {row.term_id}" for row in rows])
    counted: Counter[RowKind] = Counter()
    numbered = []
    for row in rows:
        counted[row.kind] += 1
        numbered.append(_clean_row(row, f"{PREFIXES[row.kind]}{counted[row.kind]:02d}"))
    return EvidencePacket(
        packet_version=PACKET_VERSION,
        cluster_type=cluster_type,
        cluster_hash=cluster_hash,
        name=safe_label(name, cluster_hash[:12]),
        n_members=len(members),
        members=tuple(
            sorted(
                (Member(member.id, safe_label(member.label, member.id)) for member in members),
                key=lambda member: member.id,
            )
        ),
        rows=tuple(numbered),
        data_releases={key: clean_label(data_releases[key]) for key in sorted(data_releases)},
    )


def packet_to_dict(packet: EvidencePacket) -> dict[str, Any]:
    """Return JSON values with `packet_hash`; fields without a value are left out of the rows."""
    return {**_body(packet), "packet_hash": packet_sha256(packet)}


def packet_json(packet: EvidencePacket) -> bytes:
    """Return the canonical bytes that store and exports carry, `packet_hash` included."""
    return canonical_json(packet_to_dict(packet))


def packet_sha256(packet: EvidencePacket) -> str:
    """Return the hash of the packet: sha256 of its canonical JSON without the hash itself."""
    return sha256_hex(canonical_json(_body(packet)))


def row_to_dict(row: EvidenceRow) -> dict[str, Any]:
    """Return a row as JSON values; fields without a value are left out."""
    values = {name: getattr(row, name) for name in _ROW_FIELDS}
    values["genes"] = list(row.genes) or None
    return {name: value for name, value in values.items() if value is not None}


def packet_from_dict(value: Mapping[str, Any]) -> EvidencePacket:
    """Read a packet back, exactly; the kind of a row without one follows from its id.

    Raises:
        InputError: `CA-204` when a field is missing or unknown, or when `packet_hash` is there and
            is not the hash of the rest.
    """
    try:
        packet = EvidencePacket(
            packet_version=value["packet_version"],
            cluster_type=value["cluster_type"],
            cluster_hash=value["cluster_hash"],
            name=value["name"],
            n_members=value["n_members"],
            members=tuple(Member(**member) for member in value["members"]),
            rows=tuple(_row_from_dict(row) for row in value["rows"]),
            data_releases=dict(value["data_releases"]),
        )
    except (KeyError, TypeError) as error:
        raise InputError("CA-204", f"this is not an evidence packet: {error}") from error
    if value.get("packet_hash", found := packet_sha256(packet)) != found:
        raise InputError(
            "CA-204",
            f"the evidence packet of cluster `{packet.cluster_hash[:12]}` was changed after it was "
            "made: its hash does not fit its content",
        )
    return packet


def shorter_packet(packet: EvidencePacket) -> EvidencePacket:
    """Return the packet without the weaker half of its rows, for a model that it is too long for.

    Each source and direction is halved by itself; members, ids and the order of rows stay.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in packet.rows:
        groups.setdefault((row.kind, row.source, row.direction), []).append(row.id)
    kept = {row_id for ids in groups.values() for row_id in ids[: (len(ids) + 1) // 2]}
    return replace(packet, rows=tuple(row for row in packet.rows if row.id in kept))


def is_sufficient(packet: EvidencePacket) -> bool:
    """Tell whether a model may be asked at all: 3 members or more and a significant term."""
    return packet.n_members >= MIN_MEMBERS and bool(usable_terms(packet))


def usable_terms(packet: EvidencePacket) -> list[EvidenceRow]:
    """Return the term rows that can be spoken of.

    All of a packet built here; not those of a packet from elsewhere whose label is an instruction.
    """
    return [row for row in packet.rows if row.kind == "term" and not foreign_text(row.label)]


def _body(packet: EvidencePacket) -> dict[str, Any]:
    return {
        "packet_version": packet.packet_version,
        "cluster_type": packet.cluster_type,
        "cluster_hash": packet.cluster_hash,
        "name": packet.name,
        "n_members": packet.n_members,
        "members": [{"id": member.id, "label": member.label} for member in packet.members],
        "rows": [row_to_dict(row) for row in packet.rows],
        "data_releases": dict(packet.data_releases),
    }


def _row_from_dict(value: Mapping[str, Any]) -> EvidenceRow:
    given = dict(value)
    given.setdefault("kind", _KINDS[given["id"][:1]])
    given["genes"] = tuple(given.get("genes", ()))
    return EvidenceRow(**given)


def _clean_row(row: EvidenceRow, row_id: str) -> EvidenceRow:
    """Return the row with its id, clean words and plain Python numbers (numpy's are not JSON)."""
    numbers: dict[str, float | None] = {}
    for name in _FLOATS:
        value = getattr(row, name)
        numbers[name] = None if value is None else float(value)
        if value is not None and not math.isfinite(value):
            raise InputError(
                "CA-203", f"`{name}` of the evidence row `{row.term_id}` is {value}, not a number"
            )
    return replace(
        row,
        id=row_id,
        source=clean_label(row.source),
        term_id=clean_label(row.term_id),
        label=safe_label(row.label, row.term_id),
        k=None if row.k is None else int(row.k),
        n=None if row.n is None else int(row.n),
        genes=tuple(sorted(clean_label(gene) for gene in row.genes if not foreign_text(gene))),
        **numbers,
    )


def _refuse_repeats(what: str, keys: Sequence[str]) -> None:
    repeated = sorted(key for key, times in Counter(keys).items() if times > 1)
    if repeated:
        raise InputError("CA-203", f"the same {what} comes twice in a packet", repeated)
