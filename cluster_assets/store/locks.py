"""One lock for what must not be done by two processes at once: creating and migrating, and keys.

On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock. Both end with
the process that holds them, however it ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

LOCK_FILE = ".cluster_assets.lock"
_LOCK_ID = 7_215_033_117  # any constant
_PATIENCE_S = 60
_LOOK_AGAIN_S = 0.02


@contextmanager
def exclusive(url: str) -> Iterator[None]:
    """Let one process at a time through, of all that use this database. It does not nest.

    Raises:
        OSError: another process has not let go for a minute (SQLite).
        SQLAlchemyError: the same, or the server cannot be reached (PostgreSQL).
    """
    if url.startswith("sqlite:"):
        folder = Path(make_url(url).database or "").parent
        with _locked_file(folder / LOCK_FILE):
            yield
        return
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:  # a lock of the transaction passes through poolers
        connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
        yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
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
