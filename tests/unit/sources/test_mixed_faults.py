"""Several faults of real files at once: a right result or one clear message, and no silent loss."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import Source, open_source
from support.source_tables import OBO, write

HGNC = """\
hgnc_id\tsymbol\tstatus\talias_symbol\tprev_symbol\tensembl_gene_id\tuniprot_ids
HGNC:1\tAA\tApproved\tOLD\tSEPT2\tENSG00000000001\tP00001
HGNC:2\tBB\tApproved\tB2\t\tENSG00000000002\tP00002
HGNC:3\tC9orf72\tApproved\tOLD\tMARCH1|MARC2\tENSG00000000003\tQ00003
HGNC:4\tDD\tApproved\t\tMARCH2\tENSG00000000004\tQ00004
"""
# What a file may call a gene, and which of the clustered genes that surely is.
NAMES: Mapping[str, str | None] = {
    "AA": "HGNC:1",
    "SEPT2": "HGNC:1",
    "2-Sep": "HGNC:1",
    "44806": "HGNC:1",
    "ENSG00000000002.7": "HGNC:2",
    "P00002": "HGNC:2",
    "B2": "HGNC:2",
    "C9ORF72": "HGNC:3",
    "Mar-01": "HGNC:3",
    "OLD": None,  # an alias of two genes
    "2-Mar": None,  # MARC2 or MARCH2
    "DD": None,  # not clustered
    "NOPE": None,
    "7-Jul": None,
}
WRAPPED: Mapping[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "gzip": lambda text: gzip.compress(text.encode(), mtime=0),
    "UTF-16": lambda text: text.encode("utf-16"),
    "BOM": lambda text: text.encode("utf-8-sig"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
}
COMMON = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def rows_set_aside(source: Source, *places: str) -> int:
    """Return how many rows the notices account for; a notice with ids counts ids, not rows."""
    kind = "phenotype" if places[0] == "phenotypes.tsv" else "functional"
    places = (*places, "annotations")
    notices = source.notices(kind)
    return sum(
        n.count or 0 for n in notices if n.where in places and not n.ids and n.topic != "present"
    )


@COMMON
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "3", "9"]),
            st.sampled_from(
                ["HP:0001250", "HP:0002279", "HP:0000252", "HP:0000006", "HP:7654321", "HP:0009999"]
            ),
            st.sampled_from(["", "NOT"]),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_each_row_of_phenotypes_is_used_or_counted(
    tmp_path: Path, rows: list[tuple[str, str, str]]
):
    # One sound row, so that there is always a result.
    rows = [("1", "HP:0001250", ""), *rows]
    obo = f"{OBO}\n[Term]\nid: HP:0009999\nis_obsolete: true\nconsider: HP:0001250\n"
    text = "entity_id\tterm_id\tmodifier\n" + "".join("\t".join(row) + "\n" for row in rows)
    source = open_source(write(tmp_path, {"phenotypes.tsv": text, "hp.obo": obo}))
    meant = {"HP:0001250": "HP:0001250", "HP:0002279": "HP:0001250", "HP:0000252": "HP:0000252"}
    used = {
        (entity, meant[term])
        for entity, term, modifier in rows
        if entity != "9" and term in meant and modifier != "NOT"
    }
    assert rows_set_aside(source, "phenotypes.tsv") + len(used) == len(rows)


@COMMON
@given(
    genes=st.lists(st.sampled_from(sorted(NAMES)), min_size=1, max_size=8),
    wrapped=st.sampled_from(sorted(WRAPPED)),
    weight=st.sampled_from(["", ",1.0"]),
    name=st.sampled_from(["lib.gmt", "lib.txt", "lib.gmt.gz"]),
)
def test_each_gene_of_a_set_is_used_or_told(
    tmp_path: Path, genes: list[str], wrapped: str, weight: str, name: str
):
    text = "one\t\tDD\t" + "\t".join(gene + weight for gene in genes) + "\n"  # never all numbers
    changes = {"hgnc.txt": HGNC, name: WRAPPED[wrapped](text)}
    config = write(tmp_path, changes).model_copy(
        update={
            "annotations_files": (tmp_path / name,),
            "terms_file": None,
            "hgnc_file": tmp_path / "hgnc.txt",
        }
    )
    used = [NAMES[gene] for gene in genes if NAMES[gene] is not None]
    source = open_source(config)
    if not used:
        with pytest.raises(InputError) as caught:
            source.functional()
        assert len(caught.value.problems) == 1
        assert name in caught.value.problems[0]
        return
    found = source.functional()
    assert set(found.annotations["gene_id"]) == set(used)
    notices = [notice for notice in source.notices("functional") if notice.where == name]
    assert rows_set_aside(source, name) + len(found.annotations) == len(genes) + 1
    told = {one for notice in notices for one in notice.ids if notice.topic != "renamed_id"}
    assert told == {"DD", *(gene for gene in genes if NAMES[gene] is None)}
