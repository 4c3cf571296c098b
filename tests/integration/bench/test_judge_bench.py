"""The judge's measure over real HTTP, and the panel run twice with scripted models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster_assets.batch.installation import Installation, open_installation
from cluster_assets.cli import app
from cluster_assets.errors import Abort
from cluster_assets.llm.model import ModelRequest
from cluster_assets.llm.retry import RetryPolicy
from cluster_assets.settings import Settings
from cluster_assets.store import tables
from cluster_assets_bench.drift import compare_runs
from cluster_assets_bench.faults import Clean, World
from cluster_assets_bench.judging import judge_seat, make_items, measure_judge
from cluster_assets_bench.material import Material
from cluster_assets_bench.panel import load_run, panel_packets, run_panel
from cluster_assets_bench.surfaces import FORMS
from cluster_assets_bench.testing.clients import ScriptedClient
from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer
from cluster_assets_bench.testing.replies import understand
from support.packets import VOCABULARY

pytestmark = [
    # aiohttp and litellm leave these to the collector when an event loop ends
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
    pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20"),
]
Answer = Callable[[ModelRequest], str]


def installation(home: Path, **settings: Any) -> Installation:
    rate = {"requests_per_minute": 60_000, "burst": 60_000}
    return open_installation(Settings(**{**rate, **settings}), home)


def world() -> World:
    packets = panel_packets()
    form, make = next(iter(FORMS.items()))
    material = Material(tuple(packets), (), VOCABULARY, "the panel")
    return World(material, [Clean(packet, make(packet), form) for packet in packets])


def test_a_judge_who_approves_everything_finds_nothing_and_alarms_nobody(tmp_path: Path) -> None:
    items = make_items(world(), n_cases=2)
    with LlmServer(Behaviour(script=("server_error",))) as server:
        model = {"judge_model": "openai/judge", "api_base": server.api_base()}
        seat = judge_seat(installation(tmp_path, **model))
        assert seat is not None
        measure = measure_judge(seat, items, RetryPolicy(backoff_s=0.01), rounds=2)
        n_arrived = server.stats().n_requests
    assert (measure.detected.hits, measure.detected.n) == (0, len(items))
    assert measure.false_alarms.hits == measure.alarmed_texts.hits == measure.flips.hits == 0
    assert measure.alarmed_texts.n == len(items) == 10
    assert measure.unanswered.hits == 0
    assert measure.balanced_accuracy == 0.5
    assert measure.usage.requests == n_arrived == 4 * len(items) + 1  # the fault was retried


def test_without_a_model_there_is_no_judge_and_without_a_key_no_request(tmp_path: Path) -> None:
    assert judge_seat(installation(tmp_path)) is None
    with pytest.raises(Abort) as caught:
        judge_seat(installation(tmp_path, judge_model="openai/judge"))
    assert caught.value.code == "CA-402"


def prompt_of(request: ModelRequest) -> str:
    return "\n".join(message.content for message in request.messages)


def plain(request: ModelRequest) -> str:
    return understand(prompt_of(request), {}).text


def sweeping(request: ModelRequest) -> str:
    """The same texts with a first claim that nothing carries."""
    text = plain(request)
    summary = json.loads(text)
    if "claims" in summary:
        row_id = summary["claims"][0]["evidence"][0]
        summary["claims"][0]["text"] = f"{{{{{row_id}}}}} causes every disease of this cluster."
    return json.dumps(summary)


def panel(home: Path, path: Path, answer: Answer, model: str) -> None:
    nowhere = {"api_base": "http://x.invalid", "judge_api_base": "http://x.invalid"}
    opened = installation(home, model=model, judge_model="anthropic/judge", **nowhere)
    scripted = {
        model: ScriptedClient(answer, model=model),
        "anthropic/judge": ScriptedClient(plain, model="anthropic/judge"),
    }
    opened.client = lambda model, _: scripted[model]  # type: ignore[method-assign]
    packets = [*panel_packets()[:2], *panel_packets()[-2:]]
    run_panel(opened, path, packets)
    with opened.store.engine.connect() as connection:  # nothing that is served has changed
        for table in (tables.clustering, tables.validated_summary, tables.summary_attempt):
            assert connection.execute(table.select()).first() is None


def test_two_runs_over_the_panel_differ_where_the_models_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / name for name in ("a.json", "b.json", "c.json")]
    panel(tmp_path / "home", paths[0], plain, "openai/one")
    panel(tmp_path / "home", paths[1], plain, "openai/one")
    panel(tmp_path / "home", paths[2], sweeping, "openai/two")
    first, again, other = map(load_run, paths)
    assert len(first.clusters) == 4
    assert compare_runs(first, again).clusters == {}
    drift = compare_runs(first, other)
    assert drift.versions == {"model": ("openai/one", "openai/two")}
    assert set(drift.clusters) == set(first.clusters)
    for change in drift.clusters.values():
        assert "D10" in change["codes"][1]
        assert len(change["claims_gone"]) >= 1
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        app, ["bench", "judge", "--json", "--compare", *map(str, paths[::2])]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads(json.dumps(drift.to_dict()))


@pytest.mark.parametrize(
    "arguments",
    [
        ("limiter", "--panel", "x.json"),
        ("judge", "--panel", "nowhere/x.json"),
        ("judge", "--panel", "x.json", "--compare", "a.json", "b.json"),
        ("judge", "--compare", "a.json", "b.json"),  # there are no such files
    ],
)
def test_options_that_do_not_fit_end_with_one_message(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["bench", *arguments])
    assert result.exit_code == 2
    assert "error: " in result.stderr
