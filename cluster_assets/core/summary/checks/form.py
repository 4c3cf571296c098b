"""Checks of form: enough items (D01), no hidden or foreign text (D12), the right packet (D16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from cluster_assets.core.injection import foreign_text, hidden_characters
from cluster_assets.core.models import ClusterType
from cluster_assets.core.packet import usable_terms
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.words import search_word
from cluster_assets.core.summary.findings import Finding

MIN_CLAIMS = 2
MIN_TAGS = 3
MIN_THEMES: Mapping[ClusterType, int] = {"functional": 2, "phenotype": 1}
MIN_SENTENCE = 30
MIN_TITLE = 8


def enough_items(context: Context) -> Iterator[Finding]:
    """D01: as many claims, themes and tags as the packet supports, none too short."""
    packet, summary = context.packet, context.summary
    terms = usable_terms(packet)
    n_terms = len(terms)
    n_over = sum(row.direction == "over" for row in terms)
    # Labels that differ only in punctuation yield the same search word
    n_words = len({search_word(row.label) for row in terms if row.direction == "over"} - {""})
    if summary.insufficient_evidence:
        n_terms = n_over = min(n_over, 1)
    for section, items, minimum in (
        ("claims", summary.claims, MIN_CLAIMS if n_terms else 0),
        ("key_themes", summary.key_themes, min(MIN_THEMES[packet.cluster_type], n_over)),
        ("tags", summary.tags, min(MIN_TAGS, n_over, n_words)),
    ):
        if len(items) < minimum:
            yield Finding(section, "D01", str(len(items)), f"at least {minimum}")
    for part in context.parts:
        shortest = MIN_SENTENCE if part.is_sentence else MIN_TITLE if part.section == "title" else 0
        if len(part.text) < shortest:
            yield Finding(part.ref, "D01", part.text, f"at least {shortest} characters")


def no_foreign_text(context: Context) -> Iterator[Finding]:
    """D12: no instructions, addresses, markup or invisible characters, in any field.

    This includes filled-in labels: a reader must not see an instruction, even if it is a label.
    """
    for place, text in _strings(context.summary.model_dump(mode="json"), ""):
        if found := hidden_characters(text):
            yield Finding(place, "D12", ascii(found), "visible characters only")
    for part in context.parts:
        if found := foreign_text(part.text, part.masked):
            yield Finding(part.ref, "D12", found, "statements about the cluster only")
        for row in context.cited(part):
            if found := foreign_text(row.label):
                yield Finding(part.ref, "D12", found, "rows whose label is a label")


def hash_is_echoed(context: Context) -> Iterator[Finding]:
    """D16: the summary was written for this packet."""
    echoed, expected = context.summary.packet_sha256, context.packet_sha256
    if echoed != expected:
        yield Finding("packet_hash", "D16", echoed, expected)


def _strings(value: JsonValue, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value, start=1):
            yield from _strings(inner, f"{place}.{index}")
