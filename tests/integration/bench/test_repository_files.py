"""`make outdated` reads the files that git knows."""

from __future__ import annotations

from cluster_assets_bench.testing.outdated import repository_files


def test_the_files_of_the_repository_are_looked_at() -> None:
    names = {name for name, _ in repository_files()}
    assert {"README.md", ".env.example", "cluster_assets/llm/preflight.py"} <= names
