"""Gene sets in GMT files (`.gmt`, Enrichr's `.txt`): name, description, genes, tab-separated.

The id of a set is the accession at the end of its name (Enrichr) or in its description (Reactome),
e.g. `GO:0042166`, `R-HSA-73843` or `WP100`, else its name. Genes are symbols, Ensembl ids, or NCBI
ids when most of them are numbers. The term source is the name of the file, which includes the
release. A file whose sets are in doubt is refused: genes must not be lost, nor two sets made one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cluster_assets.core.labels import clean_label
from cluster_assets.sources.formats.table import Table, map_values
from cluster_assets.sources.formats.text import first_line, open_text, readable
from cluster_assets.sources.ids import commonest_kind, gene_speller, is_missing
from cluster_assets.sources.notices import Notice, about_ids, listed
from cluster_assets.sources.problems import Problem, Problems

_ACCESSION = r"(?:GO|HP|MP|MONDO|DOID|KEGG):\w+|R-[A-Z]{3}-\d+(?:\.\d+)?|WP\d+|hsa\d{5}"
_AT_THE_END = re.compile(rf"(.*\S)[\s(]+({_ACCESSION})\)?")
_WHOLE = re.compile(_ACCESSION)


# A description column that was left out makes each first gene a description.
_LIKE_A_GENE = re.compile(r"[A-Z][A-Z0-9-]{2,14}|C(?:\d+|X)orf\d+|ENSG\d{11}(?:\.\d+)?|\d+")
_WEIGHT = re.compile(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Set:
    """One gene set: its line, its row (blank lines not counted), name, description and genes."""

    line: int
    row: int
    name: str
    description: str
    genes: tuple[str, ...]


def is_gmt(path: Path) -> bool:
    """Return whether a file is GMT: by its name, or a `.txt` as Enrichr serves it.

    The second field of such a file is empty or a link, which no column of a table is named.
    """
    name = path.name.lower().removesuffix(".gz")
    if not name.endswith(".txt"):
        return name.endswith(".gmt")
    fields = first_line(path).split("\t")
    return len(fields) > 2 and (not fields[1].strip() or "://" in fields[1])


def read_gmt(path: Path, problems: Problems) -> Table | None:
    """Read gene sets as annotations; None when that fails, and `problems` says why."""
    sets: list[_Set] = []
    empty: list[str] = []
    n_before = len(problems.found)
    with readable(path, problems), open_text(path) as text:
        filled = ((number, line) for number, line in enumerate(text, start=1) if line.strip())
        for row, (number, line) in enumerate(filled):
            name, *rest = (cell.strip() for cell in line.rstrip("\r\n").split("\t"))
            genes = tuple(_without_weight(cell) for cell in rest[1:] if cell)
            if name and rest and not any(rest):
                empty.append(name)
            elif not name or not genes:
                what = "needs a name, a description (may be empty) and genes, separated by tabs"
                problems.add(Problem("shape", path.name, what, number))
            else:
                sets.append(_Set(number, row, name, rest[0], genes))
    if len(problems.found) == n_before:
        _check(path, sets, problems)
    if len(problems.found) > n_before:
        return None
    notices = about_ids("excluded", path.name, "sets without genes, left out", empty)
    return _table(path, sets, notices)


def _without_weight(cell: str) -> str:
    """Return the gene of `SHANK3,1.0`, as Enrichr writes weights."""
    gene, _, weight = cell.partition(",")
    return gene.strip() if _WEIGHT.fullmatch(weight.strip()) else cell


def _check(path: Path, sets: Sequence[_Set], problems: Problems) -> None:
    if not sets:
        problems.add(Problem("empty", path.name, "has no gene set"))
    for found in sets:
        joined = next((gene for gene in found.genes if "," in gene or ";" in gene), None)
        if joined is not None:
            what = "is several genes; separate genes by tabs"
            problems.add(Problem("shape", path.name, what, found.line, value=joined))
    told = [found.description for found in sets]
    kind = commonest_kind(gene for found in sets for gene in found.genes)[0]
    genes = [text for text in told if _is_gene(text, kind)]
    if 2 * len(genes) > len(told) and len(set(genes)) == len(genes):
        what = (
            f"has genes instead of descriptions in {len(genes):,} of {len(told):,} lines"
            f" ({listed(genes)}): the second column must be a description, which may be empty"
        )
        problems.add(Problem("shape", path.name, what))
    _check_names(path, sets, problems)


def _is_gene(description: str, kind: str) -> bool:
    """Return whether a description looks like the genes of the file, which are of that kind."""
    return (
        _LIKE_A_GENE.fullmatch(description) is not None
        and _WHOLE.fullmatch(description) is None
        and not is_missing(description)
        and commonest_kind([description])[0] == kind
    )


def _check_names(path: Path, sets: Sequence[_Set], problems: Problems) -> None:
    """Report sets of one name with different genes: merging them would make a third set."""
    first: dict[str, _Set] = {}
    for found in sets:
        earlier = first.setdefault(found.name, found)
        if set(earlier.genes) != set(found.genes):
            what = f"is the name of another set in line {earlier.line}"
            problems.add(Problem("duplicate", path.name, what, found.line, value=found.name))


def _identified(sets: Sequence[_Set]) -> list[tuple[str, str]]:
    """Return the id and label of each set; an accession that several names share is not an id."""
    found = [_id_and_label(each.name, each.description) for each in sets]
    names: dict[str, set[str]] = {}
    for (term_id, _), each in zip(found, sets, strict=True):
        names.setdefault(term_id, set()).add(each.name)
    return [
        (clean_label(each.name, limit=None) if len(names[term_id]) > 1 else term_id, label)
        for (term_id, label), each in zip(found, sets, strict=True)
    ]


def _id_and_label(name: str, description: str) -> tuple[str, str]:
    # The name may be the id, and truncated ids would merge sets.
    name = clean_label(name, limit=None)
    if match := _AT_THE_END.fullmatch(name):
        return match[2], match[1]
    label = name.replace("_", " ") if " " not in name else name
    return (description, label) if _WHOLE.fullmatch(description) else (name, label)


def _table(path: Path, sets: Sequence[_Set], notices: tuple[Notice, ...]) -> Table:
    sizes = [len(found.genes) for found in sets]
    genes = [gene for found in sets for gene in found.genes]
    spelled = gene_speller(genes, "NCBIGene")
    ids_and_labels = np.array(_identified(sets), dtype=object)
    term_source = path.name.removesuffix(".gz").removesuffix(".gmt").removesuffix(".txt")
    frame = pd.DataFrame(
        {
            "gene_id": map_values(pd.Series(genes, dtype="str"), spelled),
            "term_id": pd.Categorical(np.repeat(ids_and_labels[:, 0], sizes)),
            "label": pd.Categorical(np.repeat(ids_and_labels[:, 1], sizes)),
            "source": pd.Categorical([term_source] * len(genes)),
        }
    )
    names = {"gene_id": "genes", "term_id": "name", "label": "name", "source": "file"}
    rows = np.repeat([found.row for found in sets], sizes)
    return Table(path.name, frame, names, path=path, rows=rows, by_symbol=True, notices=notices)
