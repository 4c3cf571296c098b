"""Gene sets in GMT files (`.gmt`, `.gmt.gz`): name, description, then the genes, tab-separated.

The id of a set is the accession at the end of its name (Enrichr) or in its description (Reactome),
e.g. `GO:0042166`, `R-HSA-73843` or `WP100`, else its name. Genes are symbols, or NCBI ids when all
of them are numbers. The term source is the name of the file, which includes the release.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.sources.formats.table import Table
from cluster_assets.sources.formats.text import open_text, readable
from cluster_assets.sources.problems import Problem, Problems

_ACCESSION = r"(?:GO|HP|MP|MONDO|DOID|KEGG):\w+|R-[A-Z]{3}-\d+(?:\.\d+)?|WP\d+|hsa\d{5}"
_AT_THE_END = re.compile(rf"(.*\S)[\s(]+({_ACCESSION})\)?")
_WHOLE = re.compile(_ACCESSION)


def is_gmt(path: Path) -> bool:
    """Return whether the name of a file is that of a GMT file."""
    return path.name.lower().removesuffix(".gz").endswith(".gmt")


def read_gmt(path: Path, problems: Problems) -> Table | None:
    """Read gene sets as annotations; None when that fails, and `problems` says why."""
    term_ids: list[str] = []
    labels: list[str] = []
    genes: list[list[str]] = []
    n_before = len(problems.found)
    with readable(path, problems), open_text(path) as text:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            name, *rest = (cell.strip() for cell in line.rstrip("\r\n").split("\t"))
            # Enrichr appends a weight to a gene: `SHANK3,1.0`
            members = [cell.split(",", 1)[0] for cell in rest[1:] if cell]
            if not name or not members:
                what = "needs a name, a description (may be empty) and genes, separated by tabs"
                problems.add(Problem("shape", path.name, what, number))
                continue
            term_id, label = _identified(name, rest[0])
            term_ids.append(term_id)
            labels.append(label)
            genes.append(members)
    if len(problems.found) == n_before and not genes:
        problems.add(Problem("empty", path.name, "has no gene set"))
    if len(problems.found) > n_before:
        return None
    return _table(path, term_ids, labels, genes)


def _identified(name: str, description: str) -> tuple[str, str]:
    """Return the id and label of a set."""
    name = clean_label(
        name, limit=None
    )  # the name may be the id, and truncated ids would merge sets
    if match := _AT_THE_END.fullmatch(name):
        return match[2], match[1]
    label = name.replace("_", " ") if " " not in name else name
    return (description, label) if _WHOLE.fullmatch(description) else (name, label)


def _table(path: Path, term_ids: list[str], labels: list[str], genes: list[list[str]]) -> Table:
    sizes = [len(members) for members in genes]
    members = [gene for listed in genes for gene in listed]
    if all(gene.isdigit() for gene in members):
        members = [f"NCBIGene:{gene}" for gene in members]
    term_source = path.name.removesuffix(".gz").removesuffix(".gmt")
    frame = pd.DataFrame(
        {
            "gene_id": pd.Categorical(members),
            "term_id": pd.Categorical(np.repeat(np.array(term_ids, dtype=object), sizes)),
            "label": pd.Categorical(np.repeat(np.array(labels, dtype=object), sizes)),
            "source": pd.Categorical([term_source] * len(members)),
        }
    )
    names = {"gene_id": "genes", "term_id": "name", "label": "name", "source": "file"}
    rows = np.repeat(np.arange(len(genes)), sizes)  # one line per set, blank lines not counted
    return Table(path.name, frame, names, path=path, rows=rows, by_symbol=True)
