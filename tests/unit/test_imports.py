"""The direction of imports, and that the definitions import light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cluster_assets

PACKAGE = Path(cluster_assets.__file__).parent
# Each folder and what it may import of the others; nothing imports from its left
ALLOWED = {
    "core": set(),
    "sources": {"core"},
    "llm": {"core", "store"},  # the limiter keeps its slots in the store's tables
    "store": {"core"},
    "batch": {"core", "sources", "llm", "store"},
    "orchestration": {"core", "sources", "llm", "store", "batch"},
}
# Modules at the top are the outermost layer but for these, which some folders may import
COMMON = {
    "errors": set(ALLOWED),
    "addresses": set(ALLOWED),
    "names": {"orchestration"},
    "settings": {"batch", "orchestration"},
}
# What each module at the top may import: the host's client needs no more than words and shapes
TOP = {
    "errors": set(),
    "names": {"core"},
    "addresses": set(),
    "settings": {"errors", "addresses", "core", "sources"},
    "client": {"errors", "names", "core", "client_progress"},
    "client_progress": {"errors", "names", "core"},
}
# The wings of the core do not know of each other; the kernel under them knows of neither
WINGS = {"clustering", "summary"}
THIRD_PARTY_OF_CORE = {
    "PIL", "ahocorasick", "fastcluster", "graspologic_native", "jinja2", "matplotlib", "numpy",
    "pandas",
    "pydantic", "scipy", "sklearn", "threadpoolctl", "cluster_assets",
}  # fmt: skip
OUTER = {
    "dagster": {"orchestration"},
    "litellm": {"llm"},
    "sqlalchemy": {"store", "llm", "sources"},
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
    return found


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_direction(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return
    folder = parts[0]
    for name in imported(path):
        top, *rest = name.split(".")
        if top == "cluster_assets" and rest:
            target = rest[0]
            common = {module for module, readers in COMMON.items() if folder in readers}
            assert target == folder or target in ALLOWED[folder] | common, f"{path}: {name}"
        if folder == "core":
            known = THIRD_PARTY_OF_CORE | sys.stdlib_module_names
            assert top in known, f"{path}: {name}"
        if top in OUTER:
            assert folder in OUTER[top], f"{path}: {name}"


@pytest.mark.parametrize("name", TOP)
def test_direction_at_the_top(name: str) -> None:
    for module in imported(PACKAGE / f"{name}.py"):
        top, *rest = module.split(".")
        if top == "cluster_assets" and rest:
            assert rest[0] in TOP[name], module


def test_the_wings_of_the_core_do_not_know_of_each_other() -> None:
    for path in sorted((PACKAGE / "core").rglob("*.py")):
        wing = path.relative_to(PACKAGE / "core").parts[0]
        for module in imported(path):
            target = module.removeprefix("cluster_assets.core.").split(".")[0]
            if module.startswith("cluster_assets.core.") and target in WINGS:
                assert wing == target, f"{path}: {module}"


def test_the_product_does_not_know_of_its_benchmarks() -> None:
    for path in modules():
        assert not any(name.startswith("cluster_assets_bench") for name in imported(path)), path


def test_only_the_outermost_modules_read_the_environment() -> None:
    readers = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(
            word in path.read_text("utf-8") for word in ("os.environ", "os.getenv", "load_dotenv")
        )
    }
    allowed = {
        "settings.py",
        "orchestration/home.py",
        "doctor.py",  # says where each setting comes from
        # keys of providers stay in the environment, where litellm looks for them
        "llm/preflight.py",
        "llm/redact.py",
        "llm/litellm_client.py",
    }
    assert readers <= allowed


def test_definitions_import_none_of_the_heavy_libraries() -> None:
    heavy = ("litellm", "sklearn", "scipy", "matplotlib", "pandera", "pandas", "sqlalchemy")
    code = (
        "import sys, cluster_assets.definitions;"
        f"print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_help_of_the_command_line_imports_neither_dagster_nor_pandas() -> None:
    code = (
        "import sys, cluster_assets.cli; print(*[n for n in ('dagster', 'pandas', 'litellm',"
        " 'sqlalchemy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
