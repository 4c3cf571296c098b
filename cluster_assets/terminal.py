"""Output of the command line: progress, tables, one cluster. Plain text without a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich import progress as bars
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from cluster_assets.batch.progress import Problem, Progress
    from cluster_assets.batch.results import PublishedCluster, PublishedClustering
    from cluster_assets.core.models import Member
    from cluster_assets.doctor import Diagnosis
    from cluster_assets.orchestration.local import RunReport
    from cluster_assets.store.records import StoredSummary

_WIDTH = 100
_MEMBERS_SHOWN = 40
_UNSURE_SHOWN = 10
_SURE = 0.75  # co-clustering frequency, the same bar as for clusters


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, width=160, soft_wrap=True)


class TerminalProgress:
    """A progress bar on stderr: "Generating 15/47 clusters · <name>"; lines without a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False)
        self._bar = bars.Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing; the bar stays visible."""
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Draw one state."""
        line = f"{progress.label} · {progress.current}" if progress.current else progress.label
        if self._bar.disable:
            self._console.print(Text(line))
            return
        task = self._tasks.get(progress.cluster_type)
        if task is None:
            task = self._bar.add_task("", total=progress.total)
            self._tasks[progress.cluster_type] = task
        self._bar.update(task, description=line, completed=progress.done)


def print_reports(reports: Iterable[RunReport]) -> None:
    """Print the totals of each clustering, and why clusters failed or were rejected."""
    console = _console()
    for report in reports:
        console.print(
            f"[bold]{report.clustering.type}[/bold]:"
            f" {report.clustering.n_clusters} clusters of {report.clustering.n_members} members;"
            f" {report.progress.totals_line}; {report.elapsed_s:.1f} s"
        )
        for note in (*report.clustering.notes, *report.progress.notes):
            console.print(Text(f"  note: {note}", style="dim"))
        for line in _problem_lines(report.progress.problems):
            console.print(Text(f"  {line}"))


def print_clusterings(current: Sequence[PublishedClustering]) -> None:
    """Print a table of the clusters of each clustering."""
    console = _console()
    if not current:
        console.print("No clustering is published yet; start one with `cluster-assets run`.")
    for clustering in current:
        releases = ", ".join(f"{name} {value}" for name, value in clustering.releases.items())
        console.print(
            f"\n[bold]{clustering.type} clustering[/bold] {clustering.clustering_id} · {releases}"
        )
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("cluster", "members", "title", "verdict", "confidence", "source"):
            table.add_column(column, justify="right" if column == "members" else "left")
        for cluster in clustering.clusters:
            table.add_row(
                cluster.cluster_hash[:12],
                str(len(cluster.members)),
                Text(cluster.title or cluster.name),
                cluster.verdict,
                cluster.confidence or "",
                cluster.source or "",
            )
        console.print(table)


def print_cluster(cluster: PublishedCluster) -> None:
    """Print one cluster: its text with the rows of each sentence, and the evidence."""
    console = _console()
    console.print(Text(cluster.title or cluster.name, style="bold"))
    stability = cluster.stats.get("stability")
    sure = "" if stability is None else f" · stability {stability:.2f}"
    console.print(f"{cluster.cluster_hash} · {len(cluster.members)} members{sure}", style="dim")
    state = f"{cluster.verdict}, confidence {cluster.confidence}, source {cluster.source}"
    console.print(state if cluster.summary else _why_pending(cluster))
    if cluster.summary:
        _print_text(console, cluster.summary)
    console.print(f"lineage: {_lineage(cluster)}", style="dim")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("row", "term", "label", "source", "strength", "k of n"):
        table.add_column(column)
    for row in cluster.evidence:
        table.add_row(
            str(row["id"]),
            str(row["term_id"]),
            Text(str(row["label"])),
            str(row["source"]),
            _strength(row),
            f"{row['k']} of {row['n']}" if "k" in row else "",
        )
    console.print(table)
    console.print(Text(f"members: {_labels(cluster.members)}"))
    if unsure := _unsure(cluster):
        console.print(Text(f"least certain members: {unsure}"))
    for part in cluster.subclusters:
        console.print(Text(f"subcluster {part.name}: {_labels(part.members)}"))


def print_diagnoses(diagnoses: Iterable[Diagnosis]) -> None:
    """Print the diagnoses of `doctor`, one per line, with remedies below."""
    console = _console()
    for diagnosis in diagnoses:
        if diagnosis.is_default:
            continue
        mark = "[green]ok[/green]  " if diagnosis.is_fine else "[red]wrong[/red]"
        console.print(f"{mark} {diagnosis.subject}: ", Text(diagnosis.state), sep="")
        if diagnosis.remedy:
            console.print(Text(f"      {diagnosis.remedy}"))


def _print_text(console: Console, summary: StoredSummary) -> None:
    from cluster_assets.core.summary.reasons import REASONS
    from cluster_assets.core.summary.rendering import render_stored

    for reason in summary.reasons:
        console.print(Text(f"  {REASONS[reason]}", style="dim"))
    rendered = render_stored(summary.summary_json, summary.packet)
    console.print()
    for sentence in rendered.sentences:
        rows = " ".join(sentence.row_ids)
        console.print(Text(textwrap.fill(f"{sentence.text} [{rows}]", _WIDTH)))
    for caveat in rendered.caveats:
        console.print(Text(textwrap.fill(f"Note: {caveat}", _WIDTH), style="dim"))
    console.print()


def _problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return one line per reason, with the clusters that share it."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        named = f"{problem.name} ({problem.cluster_hash[:12]})"
        by_reason.setdefault((problem.kind, problem.error), []).append(named)
    return [
        f"{len(named)} {kind}: {error}: {', '.join(named)}"
        for (kind, error), named in by_reason.items()
    ]


def _why_pending(cluster: PublishedCluster) -> str:
    from cluster_assets.core.summary.reasons import REASONS

    if not cluster.reasons:
        return "No text yet: its batch has not reached it."
    return f"No text: {' '.join(REASONS[reason] for reason in cluster.reasons)}"


def _labels(members: Sequence[Member]) -> str:
    shown = ", ".join(member.label for member in members[:_MEMBERS_SHOWN])
    rest = len(members) - _MEMBERS_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _unsure(cluster: PublishedCluster) -> str:
    """Return the members that rarely clustered with the others, least certain first."""
    sure = cluster.member_confidence
    unsure = [member for member in cluster.members if sure.get(member.id, 1.0) < _SURE]
    unsure.sort(key=lambda member: sure[member.id])
    return ", ".join(f"{m.label} {sure[m.id]:.2f}" for m in unsure[:_UNSURE_SHOWN])


def _lineage(cluster: PublishedCluster) -> str:
    lineage = cluster.lineage
    if lineage.ancestor is None:
        return lineage.change
    return (
        f"{lineage.change} from {lineage.ancestor[:12]} (Jaccard {lineage.jaccard:.2f},"
        f" +{lineage.n_gained} -{lineage.n_lost} members)"
    )


def _strength(row: object) -> str:
    values = row if isinstance(row, dict) else {}
    if values.get("fdr") is not None:
        return f"FDR {values['fdr']:.1e}"
    return f"v {values['v']:+.1f}" if values.get("v") is not None else ""
