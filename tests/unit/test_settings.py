"""Settings: what is read, and that no misspelt name is ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster_assets.errors import SettingsError
from cluster_assets.orchestration.build import build_defs
from cluster_assets.settings import OTHER_NAMES, PREFIX, Settings, load_settings
from cluster_assets.sources.config import SourceConfig

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Unknown:
    name: str
    nearest: str


UNKNOWN = [
    Unknown("CLUSTER_ASSETS_MODLE", "MODEL"),
    Unknown("CLUSTER_ASSETS_REQUEST_PER_MINUTE", "REQUESTS_PER_MINUTE"),
    Unknown("CLUSTER_ASSETS_ANNOTATION_FILE", "ANNOTATIONS_FILES"),
    Unknown("cluster_assets_sorce", "SOURCE"),
    Unknown("CLUSTER_ASSETS__MODEL", "MODEL"),
    Unknown("CLUSTER_ASSET_MODEL", "MODEL"),
    Unknown("CLUSTERASSETS_BURST", "BURST"),
]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", UNKNOWN, ids=lambda case: case.name)
@pytest.mark.parametrize("origin", ["environment", ".env"])
def test_an_unknown_name_is_an_error_with_the_nearest_one(
    case: Unknown, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if origin == ".env":
        Path(".env").write_text(f"{case.name}=s3cret-value\n", "utf-8")
    else:
        monkeypatch.setenv(case.name, "s3cret-value")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.code == "CA-101"
    assert caught.value.exit_code == 2
    for part in (f"`{case.name}`", origin, f"`{PREFIX}{case.nearest}`"):
        assert part in caught.value.message
    assert "s3cret" not in str(caught.value)


def test_an_empty_value_does_not_hide_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_MODLE", "")
    with pytest.raises(SettingsError, match="CLUSTER_ASSETS_MODLE"):
        load_settings()


def test_all_that_is_wrong_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_MODLE", "x")
    monkeypatch.setenv("CLUSTER_ASSETS_TTL_DAYS", "long")
    Path(".env").write_text("CLUSTER_ASSETS_BRUST=3\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.context["settings"]) == 3  # type: ignore[arg-type]


def test_names_that_are_no_settings_of_ours_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CLUSTER_ASSETS_SHARED_DATA",
        "cluster_assets_model",
        "CLUSTER_ASSETS_SERVICE_HOST",  # set by Kubernetes beside a service of that name
        "CLUSTER_ASSETS_WEB_SERVICE_PORT_HTTP",
        "CLUSTER_ASSETS_PORT_3000_TCP_ADDR",
        "CLUSTER_NAME",
        "MODEL",
    ):
        monkeypatch.setenv(name, "offline/template")
    Path(".env").write_text("GEMINI_API_KEY=x\nexport OTHER=1\n", "utf-8")
    assert load_settings().model == "offline/template"


def test_lists_of_files_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_ANNOTATIONS_FILES", "a.gmt, b.tsv,")
    assert load_settings().annotations_files == (Path("a.gmt"), Path("b.tsv"))


def test_the_source_gets_its_settings_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_SOURCE", "sql")
    monkeypatch.setenv("CLUSTER_ASSETS_SQL_URL", "sqlite://")
    monkeypatch.setenv("CLUSTER_ASSETS_DATABASE_URL", "sqlite:///other")
    config = load_settings().source_config
    assert config == SourceConfig(source="sql", sql_url=SecretStr("sqlite://"))
    assert not hasattr(config, "database_url")


def test_a_malformed_filter_has_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_GENES_FILTER", "ndd_lists")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.code == "CA-121"


def test_the_definitions_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_ASSETS_MODLE", "x")
    with pytest.raises(SettingsError, match="CLUSTER_ASSETS_MODEL"):
        build_defs()


def test_each_name_in_our_files_is_known() -> None:
    known = {name.upper() for name in Settings.model_fields} | OTHER_NAMES
    named = ("README.md", "Makefile", "dagster.yaml", ".env.example")
    code = [*(ROOT / "cluster_assets").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    files = [*code, *(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in named)]
    for path in files:
        found = re.findall(rf"{PREFIX}([A-Z_]*[A-Z])\b", path.read_text("utf-8"))
        assert set(found) <= known, path
