"""Writing the published clusterings to a file: JSON, CSV, Parquet, or a single HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cluster_assets.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd

    from cluster_assets.batch.results import PublishedClustering

_FORMULA = ("=", "+", "-", "@", "\t", "\n")


def write_export(current: Sequence[PublishedClustering], output_format: str, path: Path) -> int:
    """Write the file atomically; return the number of clusters in it.

    Raises:
        SettingsError: `CA-130` when the file cannot be written.
    """
    writers = {"json": _json, "csv": _csv, "parquet": _parquet, "html": _html}
    write_whole(path, writers[output_format](current))
    return sum(len(clustering.clusters) for clustering in current)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file atomically.

    Raises:
        SettingsError: `CA-130` when it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise SettingsError(
            "CA-130", f"`{path}` cannot be written: {error.strerror}; choose another path"
        ) from None


def _json(current: Sequence[PublishedClustering]) -> bytes:
    value = {"clusterings": [clustering.to_dict() for clustering in current]}
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _rows(current: Sequence[PublishedClustering]) -> list[dict[str, object]]:
    """Return one flat row per cluster."""
    return [
        {
            "type": clustering.type,
            "clustering_id": clustering.clustering_id,
            "cluster_hash": cluster.cluster_hash,
            "name": cluster.name,
            "size": len(cluster.members),
            "verdict": cluster.verdict,
            "reasons": "|".join(cluster.reasons),
            "confidence": cluster.confidence,
            "source": cluster.source,
            "title": cluster.title,
            "narrative": cluster.summary.narrative if cluster.summary else None,
            "model": cluster.summary.model if cluster.summary else None,
            "prompt_version": cluster.summary.prompt_version if cluster.summary else None,
            "validated_at": cluster.summary.validated_at.isoformat() if cluster.summary else None,
            "stability": cluster.stats.get("stability"),
            "members": "|".join(member.id for member in cluster.members),
            "member_confidence": "|".join(
                f"{cluster.member_confidence[member.id]:.3f}"
                for member in cluster.members
                if member.id in cluster.member_confidence
            ),
        }
        for clustering in current
        for cluster in clustering.clusters
    ]


def _csv(current: Sequence[PublishedClustering]) -> bytes:
    import pandas as pd

    return spreadsheet(pd.DataFrame(_rows(current)))


def spreadsheet(frame: pd.DataFrame, separator: str = ",") -> bytes:
    """Return the table as text without cells that a spreadsheet would run as formulas.

    Text that starts like a formula is prefixed with `'`; numbers stay numbers. Source: OWASP, "CSV
    Injection".
    """
    return frame.map(_no_formula).to_csv(index=False, sep=separator).encode()


def _no_formula(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace(
        "\r", "\n"
    )  # pandas does not quote a bare CR, which would end the row
    return f"'{text}" if text.startswith(_FORMULA) else text


def _parquet(current: Sequence[PublishedClustering]) -> bytes:
    import pandas as pd

    return pd.DataFrame(_rows(current)).to_parquet(index=False)


def _html(current: Sequence[PublishedClustering]) -> bytes:
    """Render one page without scripts or external resources; each sentence expands to its rows."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from cluster_assets.core.summary.reasons import REASONS
    from cluster_assets.core.summary.rendering import describe_row, render_stored

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
    )
    environment.filters["rendered"] = lambda summary: render_stored(
        summary.summary_json, summary.packet
    )
    environment.filters["described"] = describe_row
    environment.filters["reason"] = REASONS.__getitem__
    return environment.get_template("export.html.j2").render(clusterings=current).encode()
