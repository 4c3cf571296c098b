"""The command line: arguments in, one call, something printed. No logic lives here.

Heavy imports stand inside the commands, so that `--help` answers at once. Exit codes: 0 done,
1 nothing usable, 2 bad input or settings, 3 aborted by the provider.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from cluster_assets.errors import ClusterAssetsError

app = typer.Typer(
    name="cluster-assets",
    help="Judged summaries for clusters of disease genes, cached by membership.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class TypeChoice(StrEnum):
    """Which clusterings."""

    functional = "functional"
    phenotype = "phenotype"
    all = "all"


class ContinuityChoice(StrEnum):
    """Where a clustering starts."""

    warm = "warm"
    fresh = "fresh"


class FormatChoice(StrEnum):
    """What `export` writes."""

    json = "json"
    csv = "csv"
    parquet = "parquet"
    html = "html"


TypeOption = Annotated[TypeChoice, typer.Option("--type", help="Which clusterings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]


def _one_message(command: Callable[..., Any]) -> Callable[..., Any]:
    """End with our error's message and exit code instead of a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ClusterAssetsError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(error.exit_code) from None

    return wrapped


@app.command()
@_one_message
def run(
    cluster_type: TypeOption = TypeChoice.all,
    continuity: Annotated[
        ContinuityChoice | None,
        typer.Option(help="Start from the published clustering, or not; default: the setting."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Cluster, and write, check and judge a summary for every new cluster."""
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.orchestration.home import open_instance
    from cluster_assets.orchestration.local import run_locally
    from cluster_assets.settings import dagster_home, load_settings
    from cluster_assets.terminal import TerminalProgress, print_reports

    settings = load_settings()
    installation = open_installation(settings, dagster_home())
    with open_instance() as instance, TerminalProgress(quiet=as_json) as sink:
        types = installation.types_for(cluster_type.value)
        chosen = continuity.value if continuity is not None else None
        reports = run_locally(installation, instance, types, sink=sink, continuity=chosen)
    if as_json:
        _print_json({"clusterings": [report.to_dict() for report in reports]})
    else:
        print_reports(reports)
    for report in reports:
        if report.error is not None:
            raise report.error
    if not any(report.is_usable for report in reports):
        raise typer.Exit(1)


@app.command()
@_one_message
def show(
    cluster_hash: Annotated[
        str | None, typer.Argument(metavar="[HASH]", help="One cluster; a unique start will do.")
    ] = None,
    cluster_type: TypeOption = TypeChoice.all,
    as_json: JsonOption = False,
) -> None:
    """Show the clusterings that readers see now, or one cluster with its evidence."""
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.batch.results import current_clusterings, find_cluster
    from cluster_assets.settings import dagster_home, load_settings
    from cluster_assets.terminal import print_cluster, print_clusterings

    installation = open_installation(load_settings(), dagster_home())
    current = current_clusterings(
        installation, None if cluster_type == "all" else cluster_type.value
    )
    if cluster_hash is not None:
        current = find_cluster(current, cluster_hash)
    if as_json:
        _print_json({"clusterings": [clustering.to_dict() for clustering in current]})
    elif cluster_hash is not None:
        print_cluster(current[0].clusters[0])
    else:
        print_clusterings(current)


@app.command()
@_one_message
def export(
    path: Annotated[Path, typer.Argument(help="File to write; it is replaced whole.")],
    output_format: Annotated[
        FormatChoice, typer.Option("--format", help="What to write.")
    ] = FormatChoice.json,
    cluster_type: TypeOption = TypeChoice.all,
) -> None:
    """Write the clusterings that readers see now to a file."""
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.batch.results import current_clusterings
    from cluster_assets.export import write_export
    from cluster_assets.settings import dagster_home, load_settings

    installation = open_installation(load_settings(), dagster_home())
    current = current_clusterings(
        installation, None if cluster_type == "all" else cluster_type.value
    )
    n_clusters = write_export(current, output_format.value, path)
    typer.echo(f"{n_clusters} clusters written to {path}")


@app.command()
@_one_message
def doctor(
    ask_model: Annotated[
        bool, typer.Option("--ask-model", help="Send each model one small request.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write every id that the source set aside, merged or renamed to this file instead."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, versions, database, data, model and limiter, and say how to mend things."""
    from cluster_assets.doctor import examine, write_report
    from cluster_assets.terminal import print_findings

    if report is not None:
        typer.echo(f"{write_report(report)} ids written to {report}")
        return
    findings = examine(ask_model=ask_model)
    if as_json:
        _print_json({"findings": [finding.to_dict() for finding in findings]})
    else:
        print_findings(findings)
    if any(not finding.is_fine for finding in findings):
        raise typer.Exit(2)


@app.command()
@_one_message
def bench(
    name: Annotated[str, typer.Argument(help="judge, limiter, engine or clustering.")],
    panel: Annotated[
        Path | None,
        typer.Option(help="judge: write and judge 20 fixed clusters instead; save the run here."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="RUN_A RUN_B", help="judge: show what differs between two such runs."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a benchmark; exit 1 when a figure is not what it is held to."""
    report = _installed_benchmarks()(name, panel=panel, compare=compare)
    if as_json:
        _print_json(report.to_dict())
    else:
        from rich.console import Console

        Console(highlight=False).print(report.table())
    if not report.is_held:
        raise typer.Exit(1)


def _installed_benchmarks() -> Callable[..., Any]:
    """Return what runs a benchmark; they are a distribution of their own, found by entry point.

    Raises:
        SettingsError: `CA-124` when it is not installed.
    """
    from importlib.metadata import entry_points

    for found in entry_points(group="cluster_assets.benchmarks", name="run"):
        return found.load()
    from cluster_assets.errors import SettingsError

    raise SettingsError(
        "CA-124",
        "the benchmarks are a package of their own and not installed here: in a checkout of "
        "cluster_assets, run `pip install ./benchmarks`",
    )


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def main() -> None:
    """Entry point of `cluster-assets`."""
    app()


if __name__ == "__main__":
    main()
