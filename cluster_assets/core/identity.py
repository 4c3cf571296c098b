"""What a cluster is: its hash, which is the only key of cache and partition.

Also the fingerprint of a clustering and the key of a disease entity. One canonical byte form for
all of them; the golden vectors are in the tests. No method, seed, symbol or row number comes in.
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
    """Compact JSON with sorted keys, UTF-8, no NaN: the same bytes everywhere."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def sha256_hex(data: bytes) -> str:
    """Return 64 lower-case hex characters."""
    return hashlib.sha256(data).hexdigest()


def normalise_curie(value: str) -> str:
    """Trim, apply NFC and give the prefix its usual case: ` hgnc:5 ` becomes `HGNC:5`.

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
    """Return `gene|disease|inheritance`; an unknown part is `-`. Never a row number."""
    parts = [gene_id or MISSING, disease_id, inheritance_id or MISSING]
    return "|".join(part if part == MISSING else normalise_curie(part) for part in parts)


def normalise_member(member: str, namespace: Namespace) -> str:
    """Return the one spelling of a member's id.

    Raises:
        InputError: `CA-201` when it is no id of that namespace.
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
        InputError: `CA-201` for a malformed member, `CA-202` when there is none.
    """
    normalised = sorted({normalise_member(member, namespace) for member in members})
    if not normalised:
        raise InputError("CA-202", "a cluster needs at least one member")
    return sha256_hex(
        canonical_json({"v": 1, "type": cluster_type, "ns": namespace, "members": normalised})
    )


def is_cluster_hash(key: str) -> bool:
    """Tell whether a string may be a partition key (Dagster itself would take anything)."""
    return HASH_PATTERN.fullmatch(key) is not None


def fingerprint(parts: Mapping[str, object]) -> str:
    """Return the sha256 of input digest, parameters and library versions."""
    return sha256_hex(canonical_json(dict(parts)))


def clustering_id(clustering_fingerprint: str, cluster_hashes: Iterable[str]) -> str:
    """Return 16 hex characters over the fingerprint and what came out of it.

    The outcome is in because a warm start makes it depend on more than the fingerprint.
    """
    return sha256_hex(canonical_json([clustering_fingerprint, sorted(cluster_hashes)]))[:16]
