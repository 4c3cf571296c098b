"""Real webserver and daemon for end-to-end tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def clean_environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process with these settings and no others."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CLUSTER_ASSETS_")
        and not key.endswith(("_API_KEY", "_API_BASE", "_BASE_URL"))
    }
    return {**kept, **settings, "DAGSTER_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}


@contextmanager
def dagster_dev(home: Path, settings: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run what `make dev` runs, on a free port; yield the address of the webserver."""
    with dagster_dev_process(home, settings, log) as (url, _):
        yield url


@contextmanager
def dagster_dev_process(
    home: Path, settings: Mapping[str, str], log: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Do the same and yield the process too, which leads the group of all its processes."""
    environment = clean_environment(home, settings)
    home.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "cluster_assets.orchestration.home"],
        env=environment,
        cwd=home,
        check=True,
    )
    url = f"http://127.0.0.1:{(port := free_port())}"
    workspace = str(ROOT / "workspace.yaml")
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", workspace]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            env=environment,
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(url, process, log)
            yield url, process
        finally:
            with suppress(ProcessLookupError):  # a test may have killed them all
                os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"dagster dev ended: {log.read_text()[-3000:]}")
        try:
            answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=60).json()
            if answer["data"]["repositoriesOrError"].get("nodes"):
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.5)
    raise TimeoutError(f"no webserver after 600 s: {log.read_text()[-3000:]}")
