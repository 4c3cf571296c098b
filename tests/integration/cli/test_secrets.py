"""Secrets that a person puts into settings and keys are in no file, table, log or answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster_assets_bench.testing.llm_server import Behaviour, LlmServer
from cluster_assets_bench.testing.planted import write_tables
from cluster_assets_bench.testing.processes import clean_environment

MARK = "pl4nted"
KEY = f"sk-{MARK}-0123456789abcdef0123"


def run(folder: Path, *arguments: str, **values: str) -> str:
    """Run a command in an environment with these values; return all that it says."""
    environment = clean_environment(folder / "home", write_tables(folder / "tables", 2))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cluster-assets")), *arguments],
        env={**environment, **values},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return done.stdout + done.stderr


def files_with_a_secret(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and MARK.encode() in path.read_bytes()
    ]


def planted(server: LlmServer) -> dict[str, str]:
    """Secrets in the places where people put them."""
    port = server.url.rpartition(":")[2]
    return {
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_API_KEY": f"sk-ant-{MARK}-0123456789abcdef",
        "GEMINI_API_KEY": f"AIza{MARK}0123456789abcdef0123456789abcd",
        "HF_TOKEN": f"hf_{MARK}0123456789abcdef",
        "AWS_SECRET_ACCESS_KEY": f"{MARK}/0123456789+abcdef",
        "CLUSTER_ASSETS_MODEL": "openai/writer-model",
        "CLUSTER_ASSETS_API_BASE": f"http://127.0.0.1:{port}/v1",
        "CLUSTER_ASSETS_SQL_URL": f"postgresql://u:{MARK}1/2:3@127.0.0.1:1/db?sslpassword={MARK}4",
    }


@pytest.mark.parametrize("fault", [None, "bad_key"])
def test_no_secret_is_left_anywhere_whatever_the_provider_says(
    tmp_path: Path, fault: str | None
) -> None:
    script = () if fault is None else (fault,) * 40
    with LlmServer(Behaviour(required_key=KEY, script=script)) as server:
        values = planted(server)
        said = run(tmp_path, "run", "--type", "functional", "--json", **values)
        assert server.stats().n_requests, said
        for arguments in (("show", "--json"), ("doctor", "--json"), ("doctor",)):
            said += run(tmp_path, *arguments, **values)
    assert MARK not in said
    assert files_with_a_secret(tmp_path) == []


@pytest.mark.parametrize(
    "address",
    [
        f"http://user:{MARK}@127.0.0.1:1/v1",
        f"http://{MARK}@127.0.0.1:1/v1",
        f"http://user:{MARK}@{MARK}@127.0.0.1:1/v1",
        f"http://127.0.0.1:1/v1?sig={MARK}&token={MARK}",
    ],
)
def test_an_address_with_a_secret_is_refused_without_it(tmp_path: Path, address: str) -> None:
    values = {"CLUSTER_ASSETS_MODEL": "openai/writer-model", "CLUSTER_ASSETS_API_BASE": address}
    said = run(tmp_path, "run", **values) + run(tmp_path, "doctor", "--json", **values)
    assert said.count("CLUSTER_ASSETS_API_BASE") >= 2
    assert MARK not in said
    assert files_with_a_secret(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{MARK}@{MARK}@127.0.0.1:1/db",
        f"postgresql://u:{MARK}#{MARK}@127.0.0.1:1/db",
        f"postgresql://u:{MARK}?{MARK}@127.0.0.1:1/db?sslpassword={MARK}",
        f"postgresql://u:{MARK}%40{MARK}@127.0.0.1:1/db",
    ],
)
def test_a_database_that_cannot_be_reached_tells_no_password(tmp_path: Path, url: str) -> None:
    values = {"CLUSTER_ASSETS_DATABASE_URL": url}
    said = run(tmp_path, "run", **values) + run(tmp_path, "doctor", "--json", **values)
    assert "CLUSTER_ASSETS_DATABASE_URL" in said or "database" in said
    assert MARK not in said
    assert files_with_a_secret(tmp_path) == []


def test_the_marks_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "log.bin").write_bytes(b"\x00" + MARK.encode() + os.linesep.encode())
    assert files_with_a_secret(tmp_path) == ["log.bin"]
