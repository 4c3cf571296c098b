"""The evidence packet: the one place that builds, serializes, hashes and reads it.

Checks, template, store and readers all work on this packet; `core.summary.view` makes the part of
it that models see. The modules that compute the rows decide which of them are significant and kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from pydantic import JsonValue, TypeAdapter, ValidationError

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
_PACKET = TypeAdapter(EvidencePacket)


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
        members: all members, in any order.
        rows: in the order of their weight; they get their ids here, `E01`.. `I01`.. `Q01`.. by
            kind.
        data_releases: e.g. `{"HPO": "2025-01-16"}`.

    Raises:
        InputError: `CA-203` when a member or row is repeated or a number is not finite.
    """
    _refuse_repeats("member", [member.id for member in members])
    _refuse_repeats("evidence row", [f"{row.kind} {row.source} {row.term_id}" for row in rows])
    counted: Counter[RowKind] = Counter()
    numbered: list[EvidenceRow] = []
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


def packet_to_dict(packet: EvidencePacket) -> dict[str, JsonValue]:
    """Return JSON values including `packet_hash`; rows omit fields without a value."""
    return {**_body(packet), "packet_hash": packet_sha256(packet)}


def packet_json(packet: EvidencePacket) -> bytes:
    """Return the canonical bytes for store and exports, including `packet_hash`."""
    return canonical_json(packet_to_dict(packet))


def packet_sha256(packet: EvidencePacket) -> str:
    """Return the sha256 of the canonical JSON without the hash itself; computed once per packet."""
    digest = packet.hash_memo
    if digest is None:
        digest = sha256_hex(canonical_json(_body(packet)))
        object.__setattr__(packet, "hash_memo", digest)  # a memo, so the packet stays the same
    return digest


def row_to_dict(row: EvidenceRow) -> dict[str, JsonValue]:
    """Return a row as JSON values without the fields that have no value."""
    values: dict[str, JsonValue] = {name: getattr(row, name) for name in _ROW_FIELDS}
    values["genes"] = list(row.genes) or None
    return {name: value for name, value in values.items() if value is not None}


def packet_from_dict(value: Mapping[str, JsonValue]) -> EvidencePacket:
    """Read a packet from JSON values; a row without a kind gets it from its id.

    Raises:
        InputError: `CA-204` when a field is missing or unknown, or when there is a `packet_hash`
            that does not match the content.
    """
    try:
        packet = _PACKET.validate_python({**value, "rows": _with_kinds(value.get("rows"))})
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, issue['loc']))}: {issue['msg']}" for issue in error.errors()
        ]
        raise InputError("CA-204", "this is not an evidence packet", problems) from error
    if value.get("packet_hash", found := packet_sha256(packet)) != found:
        raise InputError(
            "CA-204",
            f"the evidence packet of cluster `{packet.cluster_hash[:12]}` was changed after it was "
            "built: its hash does not match its content",
        )
    return packet


def shorter_packet(packet: EvidencePacket) -> EvidencePacket:
    """Return the packet without the weaker half of its rows, for a model with a short context.

    Each source and direction is halved separately; members, ids and the order of rows stay.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in packet.rows:
        groups.setdefault((row.kind, row.source, row.direction), []).append(row.id)
    kept = {row_id for ids in groups.values() for row_id in ids[: (len(ids) + 1) // 2]}
    return replace(packet, rows=tuple(row for row in packet.rows if row.id in kept))


def is_sufficient(packet: EvidencePacket) -> bool:
    """Return whether a model may be asked at all: at least 3 members and a significant term."""
    return packet.n_members >= MIN_MEMBERS and bool(usable_terms(packet))


def usable_terms(packet: EvidencePacket) -> list[EvidenceRow]:
    """Return the term rows that a text may name.

    These are all term rows of a packet built here. A packet from elsewhere may hold labels that
    read like instructions; their rows are left out.
    """
    return [row for row in packet.rows if row.kind == "term" and not foreign_text(row.label)]


def _body(packet: EvidencePacket) -> dict[str, JsonValue]:
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


def _with_kinds(rows: JsonValue) -> JsonValue:
    """Add the kind to rows that have none; it follows from the id."""
    if not isinstance(rows, list):
        return rows
    return [
        {"kind": _KINDS.get(str(row.get("id"))[:1]), **row} if isinstance(row, dict) else row
        for row in rows
    ]


def _clean_row(row: EvidenceRow, row_id: str) -> EvidenceRow:
    """Return the row with its id, clean labels and plain Python numbers (numpy's are not JSON)."""
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
        raise InputError("CA-203", f"a packet repeats the same {what}", repeated)
