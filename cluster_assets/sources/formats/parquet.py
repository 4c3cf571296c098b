"""Reads one table from a Parquet file; problems name rows, counted from 1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cluster_assets.sources.formats.table import Columns, Table, check_header, table_from_frame
from cluster_assets.sources.problems import Problem, Problems

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(path: Path, columns: Columns, problems: Problems) -> Table | None:
    """Read the wanted columns; None when that fails, and `problems` says why."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        wanted = check_header(path.name, schema.names, columns, problems)
        if wanted is None:
            return None
        # Dictionary-encoded strings save memory when ids repeat by the million.
        text = [name for name in wanted.values() if _is_text(schema.field(name).type)]
        table = pq.read_table(path, columns=list(wanted.values()), read_dictionary=text)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        problems.add(Problem("file", path.name, f"cannot be read as Parquet: {error}"))
        return None
    return table_from_frame(path.name, table.to_pandas(ignore_metadata=True), columns, problems)


def _is_text(arrow_type: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(arrow_type) or pa.types.is_large_string(arrow_type)
