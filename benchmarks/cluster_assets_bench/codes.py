"""Every code that a user may meet, as Markdown read from the code: `make docs`."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cluster_assets
from cluster_assets.core.summary import judge
from cluster_assets.core.summary.caveats import CAVEATS
from cluster_assets.core.summary.checks.checker import CHECKS
from cluster_assets.core.summary.reasons import REASONS, REJECT_REASONS
from cluster_assets.errors import ClusterAssetsError

# The product first, then the benchmarks, whose errors users meet too
PACKAGES = (Path(cluster_assets.__file__).parent, Path(__file__).parent)
_ERROR = re.compile(r"CA-\d{3}")
_LABEL = re.compile(r"J\d{2}")
_INTRODUCTION = """# Codes

Written by `make docs` from the code; a test fails when it is out of date.
"""
_CHECK_REMARK = (
    "What a finding does: `prune` removes the item, `repair` corrects it, `low` lowers the verdict"
    " to `low_confidence`, `reject` rejects the summary."
)


def main() -> None:
    """Print the page."""
    sys.stdout.write(codes_page())


def codes_page() -> str:
    """Return the page `docs/codes.md`."""
    effects = {code: f"rejected as `{reason}`" for code, reason in REJECT_REASONS.items()}
    checks = [
        (check.code, check.severity, _meaning(check.run.__doc__), effects.get(check.code, ""))
        for check in CHECKS
    ]
    sections = (
        (
            "Errors",
            "A message ends with its code. `…` stands for what differs from case to case.",
            ("code", "exit", "raised in", "message or meaning"),
            error_rows(PACKAGES),
        ),
        (
            "Checks",
            _CHECK_REMARK,
            ("code", "finding", "holds when", "reason"),
            checks,
        ),
        (
            "Labels of the judge",
            "Codes in the feedback to the writer.",
            ("code", "applies when"),
            label_rows(inspect.getsource(judge)),
        ),
        ("Reasons", "Why a summary is not simply accepted.", ("code", "text"), REASONS.items()),
        ("Caveats", "What is said beside a summary.", ("code", "text"), CAVEATS.items()),
    )
    return "\n".join([_INTRODUCTION, *(_section(*section) for section in sections)])


def error_rows(packages: Iterable[Path]) -> list[tuple[str, str, str, str]]:
    """Return code, exit code, modules and meanings of each error that the packages name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            module = path.relative_to(package.parent).as_posix()
            for code, meaning in _named_errors(ast.parse(path.read_text("utf-8"))):
                found.setdefault(code, []).append((module, meaning))
    return [
        (
            code,
            str(ClusterAssetsError(code, "").exit_code),
            _joined((f"`{module}`" for module, _ in found[code]), ", "),
            _joined((meaning for _, meaning in found[code]), " / "),
        )
        for code in sorted(found)
    ]


def label_rows(source: str) -> list[tuple[str, str]]:
    """Return each label code of the judge with the condition that stands beside it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            label = _code(node.elts[0], _LABEL)
            if label:
                found.append((label, f"`{ast.unparse(node.elts[1])}`"))
    return sorted(found)


def _named_errors(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield code and meaning, from calls `Error("CA-…", message)` and tables `{kind: "CA-…"}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            code = _code(node.args[0], _ERROR)
            if code:
                yield code, _words(node.args[1]) if len(node.args) > 1 else ""
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                code = _code(value, _ERROR)
                if key is not None and code:
                    yield code, _words(key).replace("_", " ")


def _code(node: ast.expr, pattern: re.Pattern[str]) -> str | None:
    """Return the code that an expression is, or None."""
    text = str(node.value) if isinstance(node, ast.Constant) else ""
    return text if pattern.fullmatch(text) else None


def _words(node: ast.expr) -> str:
    """Return the fixed words of an expression, `…` for all that is computed."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _words(node.left) + _words(node.right)
    return "…"


def _meaning(docstring: str | None) -> str:
    """Return the first line of a check's docstring without its code."""
    return re.sub(r"^D\w+: ", "", (docstring or "").partition("\n")[0])


def _joined(texts: Iterable[str], separator: str) -> str:
    return separator.join(dict.fromkeys(text for text in texts if text))


def _section(title: str, remark: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *([f"`{row[0]}`", *row[1:]] for row in rows)]
    table = "\n".join(
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) + " |"
        for line in lines
    )
    return f"## {title}\n\n{remark}\n\n{table}\n"


if __name__ == "__main__":
    main()
