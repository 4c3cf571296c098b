"""The shape of a summary: what is accepted, what the faults are called, what goes over the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.core.models import CLUSTER_TYPES
from cluster_assets.core.summary.judge import judge_prompt_version, judge_wire_schema
from cluster_assets.core.summary.prompts import writer_prompt_version
from cluster_assets.core.summary.reading import parse_summary, wire_schema
from support.packets import changed, functional_summary, phenotype_summary, plain

BOTH = {"functional": functional_summary, "phenotype": phenotype_summary}


@pytest.mark.parametrize("cluster_type", CLUSTER_TYPES)
@pytest.mark.parametrize("frame", ["{}", "```json\n{}\n```", "```\n{}\n```\n", "  {}  "])
def test_a_good_reply_is_read_with_or_without_a_fence(cluster_type, frame: str) -> None:
    summary = BOTH[cluster_type]()
    parsed = parse_summary(frame.replace("{}", json.dumps(summary)), cluster_type)
    assert parsed.findings == ()
    assert plain(parsed.value) == summary


@pytest.mark.parametrize("cluster_type", CLUSTER_TYPES)
@pytest.mark.parametrize(
    "frame",
    [
        "The rows {E01} say that...\n</think>\n\n{}",
        '<think>perhaps {"title": 1}</think>{}',
        '{"plan": "three claims"}\n{}',
        "Here is the summary:\n```json\n{}\n```\nIs there anything else?",
        "{}<|im_end|>",
        "{}</s>\n\n{}",
    ],
    ids=lambda frame: frame[:16],
)
def test_the_only_summary_in_a_reply_is_read(cluster_type, frame: str) -> None:
    summary = BOTH[cluster_type]()
    parsed = parse_summary(frame.replace("{}", json.dumps(summary)), cluster_type)
    assert parsed.findings == ()
    assert plain(parsed.value) == summary


def test_of_two_summaries_none_is_read() -> None:
    first, second = functional_summary(), changed(functional_summary(), "title.text", "Another")
    parsed = parse_summary(f"{json.dumps(first)}\n{json.dumps(second)}", "functional")
    assert [finding.ref for finding in parsed.findings] == ["reply"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sure! Here is the summary:",
        "[]",
        "null",
        '{"claims": [',
        "```json\nnot json\n```",
        "[" * 9999,
        '"x"',
        "Here: {}",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_json_object_is_one_finding_about_the_reply(text: str) -> None:
    parsed = parse_summary(text, "functional")
    assert parsed.value is None
    assert {finding.code for finding in parsed.findings} == {"D01"}


@pytest.mark.parametrize(
    ("path", "value", "ref"),
    [
        ("claims.1.text", "x" * 400, "claim.2.text"),
        ("key_themes.0.label", 3, "theme.1.label"),
        ("pathways.1.evidence", ["E01"], "pathway.2.evidence"),
        ("tags.2.tag", "Über", "tag.3.tag"),
        ("confidence", "HIGH", "confidence"),
        ("extra", 1, "extra"),
        ("title.text", None, "title.text"),
        ("schema_version", "1.0", "schema_version"),
        ("caveats.0", "trust me", "caveats.1"),
        ("packet_hash", 3, "packet_hash"),
        ("claims", "none", "claim"),
    ],
)
def test_a_fault_is_named_by_its_place(path: str, value: Any, ref: str) -> None:
    parsed = parse_summary(json.dumps(changed(functional_summary(), path, value)), "functional")
    assert [(f.ref, f.code) for f in parsed.findings] == [(ref, "D01")]


def test_a_fault_is_told_in_words_of_json() -> None:
    bad = changed(
        changed(functional_summary(), "claims", "none"), "tags", functional_summary()["tags"] * 3
    )
    found = parse_summary(json.dumps(bad), "functional").findings
    assert [(f.ref, f.allowed) for f in found if f.ref in {"claim", "tag"}] == [
        ("claim", "Input should be a valid list"),
        ("tag", "List should have at most 7 items after validation, not 9"),
    ]


def test_a_missing_field_is_named() -> None:
    summary = functional_summary()
    del summary["title"]
    assert [f.ref for f in parse_summary(json.dumps(summary), "functional").findings] == ["title"]


def test_the_types_are_not_mixed_up() -> None:
    assert parse_summary(json.dumps(functional_summary()), "phenotype").value is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=10,
    )
)
def test_any_json_gives_findings_and_no_exception(value: Any) -> None:
    assert parse_summary(json.dumps(value), "phenotype").findings


def test_prompts_and_wire_schemas_are_those_that_stored_texts_name() -> None:
    """A model may change its Python form; what is sent changes only on purpose, with these."""
    assert [*map(writer_prompt_version, CLUSTER_TYPES), judge_prompt_version()] == [
        "functional-writer-2 faa0053820ca3a58",
        "phenotype-writer-2 3b03ba7beb701264",
        "judge-2 3475b0d458e0ed65",
    ]


def nodes(schema: dict[str, Any]):
    yield schema
    for child in (
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ):
        yield from nodes(child)


@pytest.mark.parametrize(
    "schema",
    [*map(wire_schema, CLUSTER_TYPES), judge_wire_schema()],
    ids=["functional", "phenotype", "judge"],
)
def test_the_wire_schema_keeps_to_what_all_providers_take(schema: dict[str, Any]) -> None:
    allowed = {"type", "properties", "required", "items", "enum", "additionalProperties"}
    for node in nodes(schema):
        assert set(node) <= allowed
        assert isinstance(node["type"], str)
        if node["type"] == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False


@pytest.mark.parametrize("cluster_type", CLUSTER_TYPES)
def test_rows_come_before_words_and_the_title_last(cluster_type) -> None:
    schema = wire_schema(cluster_type)
    assert list(schema["properties"])[-1] == "title"
    for name in ("claims", "key_themes", "tags"):
        assert next(iter(schema["properties"][name]["items"]["properties"])) == "evidence"


@pytest.mark.parametrize("cluster_type", CLUSTER_TYPES)
def test_the_wire_schema_and_the_models_name_the_same_fields(cluster_type) -> None:
    assert list(wire_schema(cluster_type)["properties"]) == list(BOTH[cluster_type]())
