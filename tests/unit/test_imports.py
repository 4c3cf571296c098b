"""The direction of imports. How heavy they are: integration/test_light_imports.py."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import cluster_assets

PACKAGE = Path(cluster_assets.__file__).parent
BASE = {"addresses", "errors"}
# What each folder, and each module at the top, may import of the others. One that is not listed is
# outermost, as the command line is: it may import all, and none of these may import it.
MAY_IMPORT = {
    "__init__": set(),
    "addresses": set(),
    "errors": set(),
    "core": BASE,
    "names": {"core"},
    "store": BASE | {"core"},
    "sources": BASE | {"core"},
    "llm": BASE | {"core", "store"},  # the limiter keeps its slots in the store's tables
    "settings": BASE | {"core", "sources"},
    "batch": BASE | {"core", "sources", "llm", "store", "settings"},
    "orchestration": BASE | {"core", "sources", "llm", "store", "settings", "batch", "names"},
    # The host application's client needs words and shapes only
    "client_progress": {"errors", "names", "core"},
    "client": {"errors", "names", "core", "client_progress"},
    "definitions": {"orchestration"},
}
# The wings of the core do not import each other, and the kernel under them imports neither
WINGS = {"clustering", "summary"}
THIRD_PARTY_OF_CORE = {
    "PIL", "ahocorasick", "fastcluster", "graspologic_native", "jinja2", "matplotlib", "numpy",
    "pandas", "pydantic", "pydantic_core", "scipy", "sklearn", "threadpoolctl",
}  # fmt: skip
CORE_KNOWS = THIRD_PARTY_OF_CORE | sys.stdlib_module_names | {"cluster_assets"}
# Libraries that belong to some folders only
RESERVED = {
    "dagster": {"orchestration"},
    "litellm": {"llm"},
    "sqlalchemy": {"store", "llm", "sources", "addresses"},
    "cluster_assets_bench": set(),
}


def imported(source: str) -> set[str]:
    """Return every name that a module imports, `from a import b` as `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def breaches(path: str, source: str) -> Iterator[str]:
    """Yield each import that the rules forbid.

    Args:
        path: of the module, below `cluster_assets/`.
        source: its code.
    """
    parts = path.removesuffix(".py").split("/")
    unit = parts[0]
    for name in sorted(imported(source)):
        top, *rest = name.split(".")
        if top != "cluster_assets":
            is_foreign = unit == "core" and top not in CORE_KNOWS
            if is_foreign or unit not in RESERVED.get(top, {unit}):
                yield name
        elif rest and not rest[0].startswith("__"):
            target = rest[0]
            wing = rest[1] if unit == target == "core" and len(rest) > 1 else ""
            crosses_wings = wing in WINGS and parts[1] != wing
            if crosses_wings or target not in MAY_IMPORT.get(unit, {target}) | {unit}:
                yield name


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_module_imports_inwards_only(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    assert list(breaches(name, path.read_text("utf-8"))) == []


def test_the_rules_name_what_is_there() -> None:
    there = {path.stem for path in PACKAGE.iterdir()}
    assert set(MAY_IMPORT) <= there
    assert set().union(*MAY_IMPORT.values()) <= there


@dataclass(frozen=True)
class Case:
    path: str
    source: str
    is_breach: bool


CASES = [
    Case("core/summary/x.py", "from cluster_assets.store import tables", True),
    Case("core/summary/x.py", "from cluster_assets import settings", True),
    Case("core/summary/x.py", "import cluster_assets.core.clustering.naming", True),
    Case("core/summary/x.py", "from cluster_assets.core import clustering", True),
    Case("core/packet.py", "from cluster_assets.core.summary.view import View", True),
    Case("core/packet.py", "import requests", True),
    Case("core/packet.py", "import json, numpy", False),
    Case("core/summary/x.py", "from cluster_assets.core.packet import build_packet", False),
    Case("sources/x.py", "def f():\n    import litellm", True),
    Case("llm/x.py", "from cluster_assets.store.tables import rate_slot", False),
    Case("store/x.py", "from cluster_assets.llm.limiter import Limiter", True),
    Case("client.py", "from cluster_assets.store.repository import Store", True),
    Case("client.py", "from cluster_assets import names", False),
    Case("definitions.py", "from cluster_assets.batch.scheduling import run", True),
    Case("settings.py", "from cluster_assets.cli import app", True),
    Case("doctor.py", "import dagster", True),
    Case("cli.py", "from sqlalchemy.engine import make_url", True),
    Case("cli.py", "from cluster_assets_bench import run_bench", True),
    Case("cli.py", "from cluster_assets.orchestration.local import run", False),
    Case("orchestration/x.py", "from cluster_assets.terminal import Terminal", True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path}: {case.source}")
def test_the_rules_refuse_what_they_should(case: Case) -> None:
    assert bool(list(breaches(case.path, case.source))) is case.is_breach


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
