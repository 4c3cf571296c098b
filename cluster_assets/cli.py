"""The command line: parse arguments, make one call, print the result. No logic.

Heavy imports are inside the commands, so that `--help` is fast. Exit codes: 0 done, 1 nothing
usable, 2 bad input or settings, 3 aborted by the provider.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, ParamSpec, TypeVar

import typer

from cluster_assets.core.models import Continuity, TypeChoice
from cluster_assets.errors import ClusterAssetsError

if TYPE_CHECKING:
    from cluster_assets.batch.results import PublishedClustering

P = ParamSpec("P")
T = TypeVar("T")
app = typer.Typer(
    name="cluster-assets",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


TypeOption = Annotated[TypeChoice, typer.Option("--type", help="Type of clustering.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"cluster-assets {version('cluster-assets')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Judged summaries for clusters of disease genes, cached by membership."""


def _one_message(command: Callable[P, T]) -> Callable[P, T]:
    """Print the message of one of our errors and exit with its code, without a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except ClusterAssetsError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(error.exit_code) from None

    return wrapped


@app.command()
@_one_message
def run(
    cluster_type: TypeOption = "all",
    continuity: Annotated[
        Continuity | None,
        typer.Option(help="`warm` starts from the published clustering. Default: the setting."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Cluster, then write, check and judge a summary for every new cluster."""
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.orchestration.home import open_instance
    from cluster_assets.orchestration.local import run_locally
    from cluster_assets.settings import dagster_home, load_settings
    from cluster_assets.terminal import TerminalProgress, print_reports

    settings = load_settings()
    installation = open_installation(settings, dagster_home())
    with open_instance() as instance, TerminalProgress(quiet=as_json) as sink:
        types = installation.types_for(cluster_type)
        reports = run_locally(installation, instance, types, sink=sink, continuity=continuity)
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
        str | None, typer.Argument(metavar="[HASH]", help="Hash of a cluster, or a unique prefix.")
    ] = None,
    cluster_type: TypeOption = "all",
    as_json: JsonOption = False,
) -> None:
    """Show the published clusterings, or one cluster with its evidence."""
    from cluster_assets.batch.results import find_cluster
    from cluster_assets.terminal import print_cluster, print_clusterings

    current = _published(cluster_type)
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
    path: Annotated[Path, typer.Argument(help="File to write; an existing file is replaced.")],
    output_format: Annotated[
        Literal["json", "csv", "parquet", "html"],
        typer.Option("--format", help="File format."),
    ] = "json",
    cluster_type: TypeOption = "all",
) -> None:
    """Write the published clusterings to a file."""
    from cluster_assets.export import write_export

    n_clusters = write_export(_published(cluster_type), output_format, path)
    typer.echo(f"{n_clusters} clusters written to {path}")


@app.command()
@_one_message
def doctor(
    ask_model: Annotated[
        bool, typer.Option("--ask-model", help="Send one small request to each model.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Only write the ids that the source set aside, merged or renamed to this file."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, versions, database, data, models and rate limit; suggest remedies."""
    from cluster_assets.doctor import examine, write_report
    from cluster_assets.terminal import print_diagnoses

    if report is not None:
        typer.echo(f"{write_report(report)} ids written to {report}")
        return
    diagnoses = examine(ask_model=ask_model)
    if as_json:
        _print_json({"findings": [diagnosis.to_dict() for diagnosis in diagnoses]})
    else:
        print_diagnoses(diagnoses)
    if any(not diagnosis.is_fine for diagnosis in diagnoses):
        raise typer.Exit(2)


@app.command()
@_one_message
def bench(
    name: Annotated[str, typer.Argument(help="judge, limiter, engine or clustering.")],
    panel: Annotated[
        Path | None,
        typer.Option(help="judge: write and judge 20 fixed clusters, and save the run here."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="RUN_A RUN_B", help="judge: show the differences between two saved runs."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a benchmark; exit 1 if a figure misses its bound."""
    report = _installed_benchmarks()(name, panel=panel, compare=compare)
    if as_json:
        _print_json(report.to_dict())
    else:
        from rich.console import Console

        Console(highlight=False).print(report.table())
    if not report.is_held:
        raise typer.Exit(1)


def _installed_benchmarks() -> Callable[..., Any]:
    """Return the runner of the benchmarks, a separate distribution found by its entry point.

    Raises:
        SettingsError: `CA-124` when it is not installed.
    """
    from importlib.metadata import entry_points

    for found in entry_points(group="cluster_assets.benchmarks", name="run"):
        return found.load()
    from cluster_assets.errors import SettingsError

    raise SettingsError(
        "CA-124",
        "the benchmarks are a separate package and not installed: run `pip install ./benchmarks`"
        " in a checkout of cluster_assets",
    )


def _published(choice: TypeChoice) -> tuple[PublishedClustering, ...]:
    """Return the published clusterings of the chosen types."""
    from cluster_assets.batch.installation import open_installation
    from cluster_assets.batch.results import current_clusterings
    from cluster_assets.settings import dagster_home, load_settings

    installation = open_installation(load_settings(), dagster_home())
    return current_clusterings(installation, None if choice == "all" else choice)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def main() -> None:
    """Entry point of `cluster-assets`."""
    app()


if __name__ == "__main__":
    main()
