"""Identity of a cluster: its hash, the only key of cache and partition.

Also the fingerprint of a clustering and the key of a disease entity. All share one canonical byte
form; the tests hold golden vectors. No method, seed, symbol or row number takes part.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping

from cluster_assets.core.models import ClusterType, Namespace
from cluster_assets.errors import InputError

HASH_PATTERN = re.compile(r"[0-9a-f]{64}")
MISSING = "-"  # stands for an unknown part in an entity key
_CURIE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9_.-]+")


def canonical_json(value: object) -> bytes:
    """Return compact UTF-8 JSON with sorted keys and no NaN: the same bytes everywhere."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def sha256_hex(data: bytes) -> str:
    """Return the sha256 as 64 lower-case hex characters."""
    return hashlib.sha256(data).hexdigest()


def normalise_curie(value: str) -> str:
    """Trim, apply NFC and restore the usual case of the prefix: ` hgnc:5 ` becomes `HGNC:5`.

    Raises:
        InputError: `CA-201` when the value is not `PREFIX:LOCAL`.
    """
    text = unicodedata.normalize("NFC", value).strip()
    if not _CURIE.fullmatch(text):
        raise InputError(
            "CA-201", f"{value!r} is not an identifier of the form `PREFIX:LOCAL`", value=value
        )
    prefix, local = text.split(":", 1)
    usual = {"NCBIGENE": "NCBIGene", "ORPHA": "ORPHA", "MONDO": "MONDO"}
    return f"{usual.get(prefix.upper(), prefix.upper())}:{local}"


def entity_key(gene_id: str | None, disease_id: str, inheritance_id: str | None) -> str:
    """Return `gene|disease|inheritance`, with `-` for an unknown part."""
    parts = [gene_id or MISSING, disease_id, inheritance_id or MISSING]
    return "|".join(part if part == MISSING else normalise_curie(part) for part in parts)


def normalise_member(member: str, namespace: Namespace) -> str:
    """Return the canonical spelling of a member's id.

    Raises:
        InputError: `CA-201` when it is not an id of that namespace.
    """
    if namespace != "entity":
        text = normalise_curie(member)
        if not text.startswith(f"{namespace}:"):
            raise InputError(
                "CA-201", f"{member!r} is not an id of the namespace `{namespace}`", value=member
            )
        return text
    parts = member.split("|")
    if len(parts) != 3:
        raise InputError(
            "CA-201",
            f"{member!r} is not an entity key `HGNC id|disease id|inheritance`",
            value=member,
        )
    gene, disease, inheritance = (part.strip() for part in parts)
    return entity_key(
        None if gene in {"", MISSING} else gene,
        disease,
        None if inheritance in {"", MISSING} else inheritance,
    )


def cluster_hash(cluster_type: ClusterType, members: Iterable[str], namespace: Namespace) -> str:
    """Return the sha256 of type, namespace and the sorted unique members, as 64 hex characters.

    Raises:
        InputError: `CA-201` for a malformed member, `CA-202` for a cluster without members.
    """
    normalised = sorted({normalise_member(member, namespace) for member in members})
    if not normalised:
        raise InputError("CA-202", "a cluster needs at least one member")
    return sha256_hex(
        canonical_json({"v": 1, "type": cluster_type, "ns": namespace, "members": normalised})
    )


def is_cluster_hash(key: str) -> bool:
    """Return whether a string may be a partition key (Dagster itself would accept anything)."""
    return HASH_PATTERN.fullmatch(key) is not None


def fingerprint(parts: Mapping[str, object]) -> str:
    """Return the sha256 of input digest, parameters and library versions."""
    return sha256_hex(canonical_json(dict(parts)))


def clustering_id(clustering_fingerprint: str, cluster_hashes: Iterable[str]) -> str:
    """Return 16 hex characters over the fingerprint and the resulting clusters.

    The clusters are part of it because with a warm start the fingerprint does not determine them.
    """
    return sha256_hex(canonical_json([clustering_fingerprint, sorted(cluster_hashes)]))[:16]
