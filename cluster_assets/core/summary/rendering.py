"""A summary as readers see it: tokens filled in, each sentence with its rows, caveats in words.

Texts are plain; `markdown` escapes them for Markdown and HTML. Code that writes HTML must escape
them as well.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from cluster_assets.core.labels import capital
from cluster_assets.core.models import EvidencePacket, EvidenceRow
from cluster_assets.core.summary.caveats import CAVEATS
from cluster_assets.core.summary.reading import place, stored_summary
from cluster_assets.core.summary.schema import (
    FunctionalClaim,
    Item,
    PhenotypeClaim,
    Summary,
    Title,
)
from cluster_assets.core.summary.tokens import fill, format_number

_MARKDOWN = re.compile(r"([\\`*_\[\]#|~])")
_Item = TypeVar("_Item", bound=Item)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and its evidence.

    Attributes:
        ref: `claim.1` or `clinical.1`.
        text: plain, with the tokens filled in.
        row_ids: the cited rows.
        is_suggested: whether it groups rows in the writer's own way instead of just reading them.
    """

    ref: str
    text: str
    row_ids: tuple[str, ...]
    is_suggested: bool


@dataclass(frozen=True, slots=True)
class RenderedSummary:
    """What a reader sees.

    Attributes:
        summary: the summary with the tokens filled in.
        rows: all cited rows, in the order of the packet.
    """

    summary: Summary
    rows: tuple[EvidenceRow, ...]

    @property
    def title(self) -> str:
        """The title, plain text."""
        return self.summary.title.text

    @property
    def narrative(self) -> str:
        """The claims in order, and nothing else, so that no sentence escapes the checks."""
        return " ".join(claim.text for claim in self.summary.claims)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The claims one by one, then the sentences on clinical relevance."""
        sections: Mapping[str, tuple[FunctionalClaim | PhenotypeClaim, ...]] = {
            "claims": self.summary.claims,
            "clinical_relevance": self.summary.clinical_relevance,
        }
        return tuple(
            Sentence(place((section, index)), claim.text, claim.cited, claim.hedge == "suggested")
            for section, claims in sections.items()
            for index, claim in enumerate(claims)
        )

    @property
    def themes(self) -> tuple[str, ...]:
        """The labels of the themes."""
        return tuple(theme.label for theme in self.summary.key_themes)

    @property
    def tags(self) -> tuple[str, ...]:
        """The search words."""
        return tuple(tag.tag for tag in self.summary.tags)

    @property
    def caveats(self) -> tuple[str, ...]:
        """The caveats in words."""
        return tuple(CAVEATS[code] for code in self.summary.caveats)

    @property
    def summary_json(self) -> dict[str, JsonValue]:
        """The JSON values of store and API: the acceptance schema with the tokens filled in."""
        return self.summary.model_dump(mode="json")

    def markdown(self) -> str:
        """Return title, sentences with footnotes, themes, caveats and the cited rows."""
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


def render(summary: Summary, packet: EvidencePacket) -> RenderedSummary:
    """Fill in the tokens of a checked summary.

    Args:
        summary: with tokens.
        packet: the packet that it was checked against.
    """
    update: dict[str, object] = {
        section: tuple(_filled(item, packet) for item in items)
        for section, items in summary.lists.items()
    }
    update["title"] = _filled(summary.title, packet)
    return _with_rows(summary.model_copy(update=update), packet)


def render_stored(summary_json: Mapping[str, JsonValue], packet: EvidencePacket) -> RenderedSummary:
    """Read a stored summary, whose tokens are filled in.

    Args:
        summary_json: as `RenderedSummary.summary_json` returned it.
        packet: the packet that it was checked against.

    Raises:
        InputError: `CA-209` when the JSON is not a summary.
    """
    return _with_rows(stored_summary(summary_json), packet)


def describe_row(row: EvidenceRow) -> str:
    """Return a row in one line: `GO:BP GO:0006811 Ion transport: 23 of 41, FDR 1.2e-10`."""
    numbers: list[str] = []
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


def _filled(item: _Item, packet: EvidencePacket) -> _Item:
    text = fill(item.words, packet).text
    is_prose = isinstance(item, FunctionalClaim | PhenotypeClaim | Title)
    return item.reworded(capital(text) if is_prose else text)  # a filled-in label may start it


def _with_rows(summary: Summary, packet: EvidencePacket) -> RenderedSummary:
    cited = {row_id for item in summary.items for row_id in item.cited}
    return RenderedSummary(summary, tuple(row for row in packet.rows if row.id in cited))


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))
