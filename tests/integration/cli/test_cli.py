"""The command line as a user meets it: exit codes, one message each, real processes for a run."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cluster_assets.cli import app
from cluster_assets.store.connecting import default_url, open_engine
from cluster_assets.store.repository import Store
from cluster_assets_bench.testing.planted import table_settings, write_tables
from cluster_assets_bench.testing.processes import clean_environment

N_CLUSTERS = 4


@dataclass(frozen=True)
class Shell:
    """One installation in a folder of its own."""

    folder: Path

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        named = {f"CLUSTER_ASSETS_{key}": value for key, value in settings.items()}
        tables = table_settings(self.folder / "tables")
        return subprocess.run(
            [str(Path(sys.executable).with_name("cluster-assets")), *arguments],
            env=clean_environment(self.folder / "home", {**tables, **named}),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class OwnProcess:
    """The same command line in the process of the test, which saves the start of another."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, **settings: str) -> Answer:
        named = {f"CLUSTER_ASSETS_{key}": value for key, value in settings.items()}
        tables = table_settings(self.folder / "tables")
        with self.monkeypatch.context() as patch:
            for name, value in {
                **tables,
                **named,
                "DAGSTER_HOME": str(self.folder / "home"),
            }.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            done = CliRunner().invoke(app, list(arguments))
        return Answer(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnProcess:
    return OwnProcess(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, dict]:
    """An installation in which everything was written once, and what that run said."""
    shell = Shell(tmp_path_factory.mktemp("cli"))
    write_tables(shell.folder / "tables", N_CLUSTERS)
    done = shell("run", "--json")
    assert done.returncode == 0, done.stderr
    return shell, json.loads(done.stdout)


def test_run_reports_what_the_interface_says(ran: tuple[Shell, dict]) -> None:
    [report] = ran[1]["clusterings"]
    assert list(report) == [
        "type", "clustering_id", "fingerprint", "n_members", "n_clusters", "new", "unchanged",
        "totals", "failed", "requests", "tokens_in", "tokens_out", "cost_usd", "elapsed_s",
        "notes",
    ]  # fmt: skip
    assert (report["type"], report["n_clusters"], report["new"]) == ("functional", 4, 4)
    assert report["totals"] == {"succeeded": 4, "failed": 0, "rejected": 0, "skipped": 0}
    assert report["requests"] == 0


def test_a_second_run_finds_all_cached(ran: tuple[Shell, dict]) -> None:
    shell, first = ran
    done = shell("run")
    assert done.returncode == 0
    assert "0 succeeded, 0 failed, 0 rejected, 4 skipped" in done.stdout
    [again] = json.loads(shell("run", "--json").stdout)["clusterings"]
    assert again["clustering_id"] == first["clusterings"][0]["clustering_id"]
    assert (again["new"], again["unchanged"]) == (0, 4)


def test_version_and_completion_need_no_settings(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    done = shell("--version", NO_SUCH_SETTING="1")
    assert (done.returncode, done.stdout) == (0, f"cluster-assets {version('cluster-assets')}\n")
    help_text = shell("--help").stdout
    assert "--install-completion" in help_text
    assert "--show-completion" in help_text


def test_show_lists_clusters_and_one_with_its_evidence(ran: tuple[Shell, dict]) -> None:
    shell, _ = ran
    [clustering] = json.loads(shell("show", "--json").stdout)["clusterings"]
    assert list(clustering) == ["type", "clustering_id", "quality", "clusters"]
    cluster = clustering["clusters"][0]
    assert list(cluster) == [
        "cluster_hash", "name", "size", "members", "lineage", "verdict", "reasons", "confidence",
        "source", "summary", "evidence", "stats", "subclusters",
    ]  # fmt: skip
    assert set(cluster["members"][0]) == {"id", "label", "confidence"}
    rows = {row["id"] for row in cluster["evidence"]}
    assert all(rows.issuperset(claim["evidence"]) for claim in cluster["summary"]["claims"])
    one = shell("show", cluster["cluster_hash"][:12]).stdout
    first = cluster["summary"]["claims"][0]
    assert re.sub(r"\s+", " ", first["text"]) in re.sub(r"\s+", " ", one)
    assert all(row_id in one for row_id in first["evidence"])
    listed = shell("show").stdout
    assert all(item["cluster_hash"][:12] in listed for item in clustering["clusters"])


def test_show_of_an_unknown_hash_is_one_message(ran: tuple[Shell, dict]) -> None:
    done = ran[0]("show", "ffffffffffff")
    assert done.returncode == 2
    assert "CA-205" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("output_format", ["json", "csv", "parquet", "html"])
def test_export(ran: tuple[Shell, dict], output_format: str) -> None:
    shell, _ = ran
    path = shell.folder / f"out.{output_format}"
    done = shell("export", "--format", output_format, str(path))
    assert done.returncode == 0, done.stderr
    if output_format == "json":
        assert len(json.loads(path.read_text())["clusterings"][0]["clusters"]) == N_CLUSTERS
    elif output_format == "csv":
        with path.open(newline="") as lines:
            assert len(list(csv.DictReader(lines))) == N_CLUSTERS
    elif output_format == "parquet":
        assert len(pd.read_parquet(path)) == N_CLUSTERS
    else:
        page = path.read_text()
        assert page.count("<article") == N_CLUSTERS
        assert "<script" not in page
        assert page.count('<details class="sentence">') >= 2 * N_CLUSTERS
    assert not list(shell.folder.glob("*.partial"))


def test_export_to_a_place_that_is_not_there(ran: tuple[Shell, dict]) -> None:
    done = ran[0]("export", "/nowhere/at/all.json")
    assert done.returncode == 2
    assert "CA-130" in done.stderr


def test_doctor_is_content(ran: tuple[Shell, dict]) -> None:
    shell, _ = ran
    done = shell("doctor", "--json", API_BASE="http://127.0.0.1:1")
    assert done.returncode == 0, done.stdout
    findings = {item["subject"]: item for item in json.loads(done.stdout)["findings"]}
    assert findings["CLUSTER_ASSETS_SOURCE"]["state"] == "files (environment)"
    assert findings["CLUSTER_ASSETS_TTL_DAYS"]["state"].endswith("(default)")


@dataclass(frozen=True)
class Wrong:
    id: str
    settings: dict[str, str]
    exit_code: int
    names: str


NOWHERE = "postgresql://u:s3cret-pass@127.0.0.1:1/x"
WRONG = [
    Wrong("a setting that is no number", {"TTL_DAYS": "long"}, 2, "CLUSTER_ASSETS_TTL_DAYS"),
    Wrong("a setting that is misspelt", {"MODLE": "x"}, 2, "CLUSTER_ASSETS_MODEL"),
    Wrong("an unknown source", {"SOURCE": "web"}, 2, "CLUSTER_ASSETS_SOURCE"),
    Wrong("a database of another kind", {"DATABASE_URL": "mysql://x"}, 2, "DATABASE_URL"),
    Wrong("a database that is not there", {"DATABASE_URL": NOWHERE}, 2, "DATABASE_URL"),
    Wrong("a model without provider", {"MODEL": "gpt"}, 2, "gpt"),
    Wrong("no key", {"MODEL": "openai/gpt-5.4-mini"}, 3, "OPENAI_API_KEY"),
    Wrong(
        "a judge that cannot judge",
        {"MODEL": "ollama_chat/x", "JUDGE_MODEL": "offline/template"},
        2,
        "CLUSTER_ASSETS_JUDGE_MODEL",
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_wrong_settings_are_one_message(tmp_path: Path, shell: OwnProcess, case: Wrong) -> None:
    write_tables(tmp_path / "tables", 2)
    is_abort = case.exit_code == 3  # comes from within a run, which has a process of its own
    done = (Shell(tmp_path) if is_abort else shell)("run", **case.settings)
    assert done.returncode == case.exit_code, done.stderr
    assert case.names in done.stderr
    assert "s3cret-pass" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def missing_column(folder: Path) -> None:
    (folder / "genes.tsv").write_text("hgnc_id\nHGNC:1000\n")


def duplicate_id(folder: Path) -> None:
    with (folder / "genes.tsv").open("a") as table:
        table.write("HGNC:1000\tTWICE\n")


def empty_file(folder: Path) -> None:
    (folder / "interactions.tsv").write_text("")


def broken_utf8(folder: Path) -> None:
    with (folder / "terms.tsv").open("ab") as table:
        table.write(b"GO:9999999\t\xff\xfe\tGO:BP\n")


def no_gene(folder: Path) -> None:
    with (folder / "interactions.tsv").open("a") as table:
        table.write("HGNC:1000\tSHANK3\t0.5\n")


SPOILERS = [missing_column, duplicate_id, empty_file, broken_utf8, no_gene]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoiler: spoiler.__name__)
def test_bad_input_is_one_message_and_nothing_is_stored(
    tmp_path: Path, shell: OwnProcess, spoil
) -> None:
    write_tables(tmp_path / "tables", 2)
    spoil(tmp_path / "tables")
    done = shell("run")
    assert done.returncode == 2, done.stderr
    assert re.search(r"(genes|interactions|terms)\.tsv", done.stderr)
    assert re.search(r"\[CA-2\d\d\]", done.stderr)
    assert "Traceback" not in done.stderr
    engine = open_engine(default_url(tmp_path / "home"))
    assert set(Store(engine).counts().values()) == {0}
    engine.dispose()


def test_the_report_lists_every_id_that_was_set_aside(tmp_path: Path, shell: OwnProcess) -> None:
    write_tables(tmp_path / "tables", 2)
    outside = [f"HGNC:{number}" for number in range(90_000, 90_030)]
    with (tmp_path / "tables" / "interactions.tsv").open("a") as table:
        table.writelines(f"HGNC:1000\t{gene}\t0.5\n" for gene in outside)
    done = shell("doctor", "--report", "ids.tsv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "ids.tsv").open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert done.stdout.startswith(f"{len(rows)} ids written")
    assert {row["id"] for row in rows if row["where"] == "interactions.tsv"} == set(outside)
    assert {row["clustering"] for row in rows} == {"functional"}
    assert {row["kind"] for row in rows if row["id"] in outside} == {"outside"}
    assert shell("doctor", "--report", "/nowhere/ids.tsv").returncode == 2


def test_an_unknown_type_is_refused(ran: tuple[Shell, dict]) -> None:
    assert ran[0]("run", "--type", "genomic").returncode == 2


def test_a_type_that_the_source_does_not_have_is_refused(ran: tuple[Shell, dict]) -> None:
    done = ran[0]("run", "--type", "phenotype")
    assert done.returncode == 2
    assert "CA-102" in done.stderr
