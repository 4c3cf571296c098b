"""A summary as readers see it: tokens filled in, each sentence with its rows, caveats in words.

Texts are plain; `markdown` escapes them for Markdown and HTML, and whoever writes HTML escapes too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster_assets.core.labels import capital
from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.summary.caveats import CAVEATS
from cluster_assets.core.summary.schema import place
from cluster_assets.core.summary.tokens import fill, format_number

_MARKDOWN = re.compile(r"([\\`*_\[\]#|~])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and what it rests on.

    Attributes:
        ref: `claim.1` or `clinical.1`.
        text: filled in, plain.
        row_ids: rows that it cites.
        is_suggested: a grouping of the writer's own rather than a plain reading of the rows.
    """

    ref: str
    text: str
    row_ids: tuple[str, ...]
    is_suggested: bool


@dataclass(frozen=True, slots=True)
class RenderedSummary:
    """What a reader sees.

    Attributes:
        title: plain text.
        narrative: the claims in order, so that no sentence escapes the checks.
        sentences: the same one by one, then those on clinical relevance.
        themes: labels.
        tags: search words.
        caveats: in words.
        rows: every row that anything rests on, in the order of the packet.
        fields: the acceptance schema with tokens filled in: `summary_json` of store and API.
    """

    title: str
    narrative: str
    sentences: tuple[Sentence, ...]
    themes: tuple[str, ...]
    tags: tuple[str, ...]
    caveats: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]
    fields: Mapping[str, Any]

    def markdown(self) -> str:
        """Return title, sentences with footnotes, themes, caveats and the rows behind them."""
        lines = [f"### {_escape(self.title)}", ""]
        for sentence in self.sentences:
            notes = " ".join(f"[^{row_id}]" for row_id in sentence.row_ids)  # else 2 3 reads 23
            mark = " *(suggested)*" if sentence.is_suggested else ""
            lines.append(f"{_escape(sentence.text)}{mark}{notes}")
        if self.themes:
            lines += ["", "**Themes:** " + " · ".join(_escape(theme) for theme in self.themes)]
        lines += ["", *(f"- *{_escape(caveat)}*" for caveat in self.caveats), ""]
        lines += [f"[^{row.id}]: {_escape(describe_row(row))}" for row in self.rows]
        return "\n".join(lines)


def render(summary: Mapping[str, Any], packet: EvidencePacket) -> RenderedSummary:
    """Fill in a checked summary.

    Args:
        summary: in the acceptance schema, with tokens.
        packet: the packet that it was checked against.
    """
    fields = _filled(summary, packet)
    for part in (fields["title"], *fields["claims"], *fields["clinical_relevance"]):
        part["text"] = capital(part["text"])  # a token at the start is a label as written
    cited: set[str] = set()
    _collect(fields, cited)
    return RenderedSummary(
        title=fields["title"]["text"],
        narrative=" ".join(claim["text"] for claim in fields["claims"]),
        sentences=tuple(
            Sentence(
                ref=place((section, index)),
                text=claim["text"],
                row_ids=tuple(claim["evidence"]),
                is_suggested=claim["hedge"] == "suggested",
            )
            for section in ("claims", "clinical_relevance")
            for index, claim in enumerate(fields[section])
        ),
        themes=tuple(theme["label"] for theme in fields["key_themes"]),
        tags=tuple(tag["tag"] for tag in fields["tags"]),
        caveats=tuple(CAVEATS[code] for code in fields["caveats"]),
        rows=tuple(row for row in packet.rows if row.id in cited),
        fields=fields,
    )


def describe_row(row: EvidenceRow) -> str:
    """Return a row in one line: `GO:BP GO:0006811 Ion transport: 23 of 41, FDR 1.2e-10`."""
    numbers = []
    if row.k is not None and row.n is not None:
        numbers.append(f"{row.k} of {row.n}")
    if row.fdr is not None:
        numbers.append(f"FDR {format_number('fdr', row.fdr)}")
    if row.v is not None:
        often = "more often" if row.direction == "over" else "less often"
        numbers.append(f"v-test {format_number('v', row.v)}, {often} than elsewhere")
    if row.mean is not None and row.overall_mean is not None:
        numbers.append(
            f"mean {format_number('mean', row.mean)}, "
            f"overall {format_number('overall_mean', row.overall_mean)}"
        )
    name = " ".join(part for part in (row.source, row.term_id, row.label) if part)
    return f"{name}: {', '.join(numbers)}"


def _filled(value: Any, packet: EvidencePacket) -> Any:
    """Return the summary with the tokens of every string filled in."""
    if isinstance(value, str):
        return fill(value, packet).text
    if isinstance(value, Mapping):
        return {key: _filled(inner, packet) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, packet) for inner in value]
    return value


def _collect(value: Any, found: set[str]) -> None:
    """Gather every cited row id."""
    if isinstance(value, Mapping):
        cited = value.get("evidence", ())
        found.update([cited] if isinstance(cited, str) else cited)
        for inner in value.values():
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))
