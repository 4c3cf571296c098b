"""STRING's files as downloaded: `protein.info` and `enrichment.terms`.

Proteins get their preferred name, a gene symbol, from `protein.info`; `joining.universe` resolves
symbols to genes. `string_links` reads the interactions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cluster_assets.sources.formats.reading import read_table
from cluster_assets.sources.formats.table import Columns, Table, map_values
from cluster_assets.sources.notices import Notice, about_ids
from cluster_assets.sources.problems import Problem, Problems

_INFO = Columns(
    {"protein": ("string_protein_id", "protein_external_id"), "symbol": ("preferred_name",)},
    frozenset({"protein", "symbol"}),
)
_TERMS = Columns(
    {
        "gene_id": ("string_protein_id",),
        "source": ("category",),
        "term_id": ("term",),
        "label": ("description",),
    },
    frozenset({"gene_id", "source", "term_id", "label"}),
)
# Term sources as the rest of the project names them
_TERM_SOURCES = {
    "Biological Process (Gene Ontology)": "GO:BP",
    "Cellular Component (Gene Ontology)": "GO:CC",
    "Molecular Function (Gene Ontology)": "GO:MF",
    "Reactome Pathways": "Reactome",
    "Human Phenotype (Monarch)": "HPO",
    "KEGG (Kyoto Encyclopedia of Genes and Genomes)": "KEGG",
}
# The first is derived from the network itself, so every cluster has one; papers are not terms.
_NOT_TERMS = frozenset({"Local Network Cluster (STRING)", "Reference publications (PubMed)"})
_PART = re.compile(r"protein\.(?:(?:physical\.)?links(?:\.detailed|\.full)?|enrichment\.terms)")
_VERSION = re.compile(r"\.v(\d+(?:\.\d+)*)\.")


def release_of(path: Path) -> dict[str, str]:
    """Return the release in the name of a file, e.g. `{"STRING": "12.0"}`."""
    version = _VERSION.search(path.name)
    return {"STRING": version[1]} if version else {}


def info_beside(path: Path) -> Path:
    """Return where to look for `protein.info`, packed or not, next to a links or terms file.

    The path itself when its name gives no hint.
    """
    name = _PART.sub("protein.info", path.name)
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    beside = path.with_name(name)
    if name != path.name and not beside.is_file() and path.with_name(other).is_file():
        return path.with_name(other)
    return beside


def read_symbols(path: Path, info_file: Path | None, problems: Problems) -> dict[str, str]:
    """Return the preferred name of each protein, for a links or terms file.

    Args:
        path: the links or terms file; `protein.info` is expected next to it.
        info_file: `protein.info`, when it is set.
        problems: receives what is wrong.
    """
    info = info_file or info_beside(path)
    if info == path or not info.is_file():
        name = "protein.info" if info == path else info.name
        what = (
            f"names proteins, not genes: put STRING's `{name}` next to it, or set"
            " CLUSTER_ASSETS_STRING_INFO_FILE"
        )
        problems.add(Problem("file", path.name, what))
        return {}
    table = read_table(info, _INFO, problems, "\t")
    if table is None:
        return {}
    frame = table.frame.astype("str")
    return dict(zip(frame["protein"], frame["symbol"], strict=True))


def read_terms(path: Path, symbols: Mapping[str, str], problems: Problems) -> Table | None:
    """Read `protein.enrichment.terms` as annotations; None when that fails."""
    table = read_table(path, _TERMS, problems, "\t")
    if table is None:
        return None
    is_term = ~table.frame["source"].isin(_NOT_TERMS)
    left_out = table.frame["source"][~is_term].astype("str").unique()
    kept = table.frame[is_term].reset_index(drop=True)
    named = kept.assign(
        gene_id=map_values(kept["gene_id"], lambda protein: symbols.get(protein, protein)),
        source=map_values(kept["source"], lambda name: _TERM_SOURCES.get(name, name)),
    )
    return Table(
        path.name,
        named,
        table.names,
        path=path,
        skipped=table.skipped,
        rows=np.flatnonzero(is_term),
        by_symbol=True,
        releases=release_of(path),
        notices=(
            *about_ids("excluded", path.name, "categories that are not terms, left out", left_out),
            *unnamed(path, set(kept["gene_id"].astype("str").unique()) - set(symbols)),
        ),
    )


def unnamed(path: Path, proteins: set[str]) -> tuple[Notice, ...]:
    """Return the notice of proteins without a name."""
    return about_ids("unknown_id", path.name, "proteins missing from `protein.info`", proteins)
