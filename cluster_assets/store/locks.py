"""One lock for what two processes must not do at once: create or migrate tables, move keys.

A lock on a file beside the database with SQLite, an advisory lock with PostgreSQL. Either is
released when the process that holds it ends, however it ends.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

LOCK_FILE = ".cluster_assets.lock"
_LOCK_ID = 7_215_033_117  # any constant
_PATIENCE_S = 60
_LOOK_AGAIN_S = 0.02


@contextmanager
def exclusive(url: str) -> Generator[None]:
    """Hold the lock of a database, against all other processes. Not reentrant.

    Raises:
        OSError: another process held it for a minute (SQLite).
        SQLAlchemyError: the same, or the server cannot be reached (PostgreSQL).
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with _locked_file(Path(address.database or "").parent / LOCK_FILE):
            yield
        return
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:  # connection poolers support locks of a transaction
        connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
        yield


@contextmanager
def _locked_file(path: Path) -> Generator[None]:
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _PATIENCE_S
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    reason = f"another process has held `{path}` for {_PATIENCE_S} s; end it"
                    raise TimeoutError(reason) from None
                time.sleep(_LOOK_AGAIN_S)
        yield  # closing the file unlocks it
