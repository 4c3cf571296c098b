"""Identity: golden vectors that must never change, and what must not matter."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.core.identity import (
    canonical_json,
    cluster_hash,
    clustering_id,
    entity_key,
    fingerprint,
    is_cluster_hash,
    normalise_member,
)
from cluster_assets.core.models import ClusterType, Namespace
from cluster_assets.errors import InputError


@dataclass(frozen=True)
class Golden:
    id: str
    type: ClusterType
    namespace: Namespace
    members: tuple[str, ...]
    expected: str


# Computed once with sha256sum over the canonical JSON written by hand
GOLDEN = [
    Golden(
        "three genes",
        "functional",
        "HGNC",
        ("HGNC:14294", "HGNC:5", "HGNC:11497"),
        "08aa283fd73e90f40a452c91996764366cc18ec7b3ffc2b5746c3485f96aa90a",
    ),
    Golden(
        "one gene",
        "functional",
        "HGNC",
        ("HGNC:5",),
        "9b460fb426b5daecc0458405de227a3cff1313869be41b979f34d7ac46704c50",
    ),
    Golden(
        "other type",
        "phenotype",
        "HGNC",
        ("HGNC:5",),
        "c00808d827542255f50978892ebb8ab249ccd2c0dacce976317cdaeb58f81c3e",
    ),
    Golden(
        "entities",
        "phenotype",
        "entity",
        ("HGNC:14294|OMIM:606232|HP:0000006", "-|ORPHA:48652|-"),
        "dca63d250860e7171a8da9f0f52509bd5400a495e1c33ac2085b5f3feb5573a9",
    ),
    Golden(
        "NCBI genes",
        "functional",
        "NCBIGene",
        ("NCBIGene:10", "NCBIGene:9"),
        "1d68e0884b70ec56feaf6f3104e5398aee0aa3efd4d3ea8bc2fa21d29031a7bb",
    ),
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.id)
def test_golden_vector(case: Golden) -> None:
    assert cluster_hash(case.type, case.members, case.namespace) == case.expected


def test_canonical_bytes_are_those_of_the_design() -> None:
    value = {"v": 1, "type": "functional", "ns": "HGNC", "members": ["HGNC:10", "HGNC:5"]}
    expected = b'{"members":["HGNC:10","HGNC:5"],"ns":"HGNC","type":"functional","v":1}'
    assert canonical_json(value) == expected
    assert json.loads(expected) == value


genes = st.lists(st.integers(1, 60000).map(lambda n: f"HGNC:{n}"), min_size=1, max_size=30)


@given(genes, st.randoms())
def test_order_repeats_and_spelling_do_not_matter(members: list[str], random) -> None:
    other = [f"  hgnc:{m.split(':')[1]} " for m in members] + members
    random.shuffle(other)
    assert cluster_hash("functional", members, "HGNC") == cluster_hash("functional", other, "HGNC")


@given(genes, st.integers(60001, 70000))
def test_each_member_matters(members: list[str], extra: int) -> None:
    more = [*members, f"HGNC:{extra}"]
    assert cluster_hash("functional", members, "HGNC") != cluster_hash("functional", more, "HGNC")


@dataclass(frozen=True)
class Bad:
    id: str
    member: str
    namespace: Namespace


BAD = [
    Bad("empty", "", "HGNC"),
    Bad("no prefix", "14294", "HGNC"),
    Bad("symbol", "SHANK3", "HGNC"),
    Bad("other namespace", "NCBIGene:10", "HGNC"),
    Bad("inner space", "HGNC:14 294", "HGNC"),
    Bad("newline", "HGNC:5\nHGNC:6", "HGNC"),
    Bad("two parts", "HGNC:5|OMIM:1", "entity"),
    Bad("no disease", "HGNC:5||HP:0000006", "entity"),
    Bad("row number", "494", "entity"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.id)
def test_malformed_member_is_refused(case: Bad) -> None:
    with pytest.raises(InputError) as caught:
        normalise_member(case.member, case.namespace)
    assert caught.value.code == "CA-201"


def test_a_cluster_without_members_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        cluster_hash("functional", [], "HGNC")
    assert caught.value.code == "CA-202"


def test_entity_key_marks_unknown_parts() -> None:
    assert entity_key("hgnc:5", "omim:1", None) == "HGNC:5|OMIM:1|-"
    assert entity_key(None, "ORPHA:9", "hp:0000006") == "-|ORPHA:9|HP:0000006"
    assert normalise_member(" hgnc:5 | omim:1 | ", "entity") == "HGNC:5|OMIM:1|-"


@pytest.mark.parametrize("key", ["", "\n", "a|b", "x...y", "/", "A" * 64, "0" * 63, "0" * 65])
def test_what_dagster_would_take_as_a_key_is_no_cluster_hash(key: str) -> None:
    assert not is_cluster_hash(key)


def test_clustering_id_follows_fingerprint_and_outcome() -> None:
    base = fingerprint({"input": "a", "params": {"seed": 1}})
    assert fingerprint({"params": {"seed": 1}, "input": "a"}) == base
    assert clustering_id(base, ["b", "a"]) == clustering_id(base, ["a", "b"])
    assert clustering_id(base, ["a"]) != clustering_id(base, ["a", "b"])
    assert len(clustering_id(base, ["a"])) == 16
