"""STRING's downloads: scores, limits, names, and what is wrong with a file."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_assets.errors import InputError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.formats.string_links import PRIOR, combine
from support.source_tables import write

INFO = (
    "#string_protein_id\tpreferred_name\tprotein_size\tannotation\n"
    '9606.ENSP1\tAA\t100\tsaid "so\n9606.ENSP2\tBB\t100\tb\n9606.ENSP3\tCC\t100\tc\n'
    "9606.ENSP4\tQQ\t100\tnot one of the genes\n"
)
HEADER = (
    "protein1 protein2 neighborhood fusion cooccurence coexpression experimental database"
    " textmining combined_score\n"
)
DETAILED = HEADER + (
    "9606.ENSP1 9606.ENSP2 0 0 0 0 700 500 900 990\n"
    "9606.ENSP2 9606.ENSP1 0 0 0 0 700 500 900 990\n"
    "9606.ENSP2 9606.ENSP3 0 0 0 0 0 0 950 950\n"
    "9606.ENSP1 9606.ENSP3 0 0 0 0 400 0 0 400\n"
    "9606.ENSP1 9606.ENSP4 0 0 0 0 900 0 0 900\n"
    "9606.ENSP1 9606.ENSP9 0 0 0 0 900 0 0 900\n"
)
TERMS = (
    "#string_protein_id\tcategory\tterm\tdescription\n"
    "9606.ENSP1\tBiological Process (Gene Ontology)\tGO:1\tIon transport\n"
    "9606.ENSP2\tBiological Process (Gene Ontology)\tGO:1\tIon transport\n"
    "9606.ENSP3\tReactome Pathways\tHSA-73843\tSome pathway\n"
    "9606.ENSP3\tLocal Network Cluster (STRING)\tCL:1\tMixed\n"
)


def string(tmp_path: Path, **changes: str) -> SourceConfig:
    """Write STRING's files as downloaded, packed, and return their configuration."""
    files = {"links.detailed": DETAILED, "info": INFO, "enrichment.terms": TERMS, **changes}
    for name, text in files.items():
        path = tmp_path / f"9606.protein.{name}.v12.0.txt.gz"
        path.write_bytes(gzip.compress(text.encode()))
    return write(tmp_path).model_copy(
        update={
            "interactions_files": (tmp_path / "9606.protein.links.detailed.v12.0.txt.gz",),
            "annotations_files": (tmp_path / "9606.protein.enrichment.terms.v12.0.txt.gz",),
            "terms_file": None,
        }
    )


def edges(config: SourceConfig) -> list[list[object]]:
    return open_source(config).functional().interactions.to_numpy().tolist()


def test_channels_are_combined_anew(tmp_path: Path):
    found = open_source(string(tmp_path)).functional()
    without = [(score - PRIOR) / (1 - PRIOR) for score in (0.7, 0.5)]
    together = 1 - (1 - without[0]) * (1 - without[1])
    expected = int((together + PRIOR * (1 - together)) * 1000) / 1000
    assert found.interactions.to_numpy().tolist() == [
        ["HGNC:1", "HGNC:2", expected],
        ["HGNC:1", "HGNC:3", 0.4],  # exactly the limit
    ]
    assert found.interaction_label == "STRING association (experiments, database)"
    assert found.releases == {"STRING": "12.0"}


def test_terms_get_names_of_genes_and_sources(tmp_path: Path):
    found = open_source(string(tmp_path)).functional()
    assert found.annotations.to_numpy().tolist() == [
        ["HGNC:1", "GO:1", "GO:BP"],
        ["HGNC:2", "GO:1", "GO:BP"],
        ["HGNC:3", "HSA-73843", "Reactome"],
    ]
    assert found.terms["label"].tolist() == ["Ion transport", "Some pathway"]


def test_what_has_no_place_is_reported(tmp_path: Path):
    notices = open_source(string(tmp_path)).notices("functional")
    assert {(notice.topic, notice.ids) for notice in notices if notice.ids} == {
        ("unknown_id", ("9606.ENSP9",)),
        ("outside", ("9606.ENSP9", "QQ")),
        ("excluded", ("Local Network Cluster (STRING)",)),
    }


@dataclass(frozen=True)
class Case:
    channels: tuple[str, ...]
    min_score: int
    pairs: list[str]


@pytest.mark.parametrize(
    "case",
    [
        Case(("combined",), 400, ["1-2", "1-3", "2-3"]),
        Case(("combined",), 950, ["1-2", "2-3"]),
        Case(("textmining",), 400, ["1-2", "2-3"]),
        Case(("experiments",), 400, ["1-2", "1-3"]),
        Case(("experiments",), 401, ["1-2"]),
        Case(("experiments", "textmining"), 0, ["1-2", "1-3", "2-3"]),
    ],
)
def test_choice_of_channels_and_limit(tmp_path: Path, case: Case):
    config = string(tmp_path).model_copy(
        update={"string_channels": ",".join(case.channels), "string_min_score": case.min_score}
    )
    assert [f"{a}-{b}".replace("HGNC:", "") for a, b, _ in edges(config)] == case.pairs


def test_links_without_channels_have_the_combined_score(tmp_path: Path):
    config = string(tmp_path, links="protein1 protein2 combined_score\n9606.ENSP1 9606.ENSP2 990\n")
    config = config.model_copy(
        update={"interactions_files": (tmp_path / "9606.protein.links.v12.0.txt.gz",)}
    )
    found = open_source(config).functional()
    assert found.interactions.to_numpy().tolist() == [["HGNC:1", "HGNC:2", 0.99]]
    assert found.interaction_label == "STRING association"


def test_an_alias_of_string_is_resolved_and_said(tmp_path: Path):
    hgnc = (
        "hgnc_id\tsymbol\tprev_symbol\nHGNC:1\tAA\tOLD\nHGNC:2\tBB\t\nHGNC:3\tCC\t\nHGNC:4\tQQ\t\n"
    )
    config = string(tmp_path, info=INFO.replace("\tAA\t", "\tOLD\t"))
    (tmp_path / "hgnc.txt").write_text(hgnc)
    source = open_source(config.model_copy(update={"hgnc_file": tmp_path / "hgnc.txt"}))
    assert [row[:2] for row in source.functional().interactions.to_numpy().tolist()] == [
        ["HGNC:1", "HGNC:2"],
        ["HGNC:1", "HGNC:3"],
    ]
    renamed = {f.ids for f in source.notices("functional") if f.topic == "renamed_id"}
    assert renamed == {("OLD -> AA",)}


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"links.detailed": HEADER + "9606.ENSP1 9606.ENSP2 0 0\n"}, "CA-214", "line 2"),
        (
            {"links.detailed": DETAILED + "\n9606.ENSP1 9606.ENSP2 0 0 0 0 x 0 0 0\n"},
            "CA-215",
            "line 9: 'x'",
        ),
        (
            {"links.detailed": HEADER + "9606.ENSP1 9606.ENSP2 0 0 0 0 1001 0 0 0\n"},
            "CA-215",
            "from 0 to 1000",
        ),
        (
            {"links.detailed": HEADER + "9606.ENSP1 9606.ENSP2 0 0 0 0 -1 0 0 0\n"},
            "CA-215",
            "from 0 to 1000",
        ),
        ({"links.detailed": HEADER}, "CA-212", "no rows"),
        ({"links.detailed": HEADER.replace("experimental", "exp")}, "CA-213", "`experiments`"),
        ({"info": "#string_protein_id\tsize\n9606.ENSP1\t1\n"}, "CA-213", "`preferred_name`"),
        ({"enrichment.terms": TERMS + "9606.ENSP1\tx\n"}, "CA-214", "line 6"),
        ({"enrichment.terms": TERMS + "9606.ENSP1\tKEGG\t\tx\n"}, "CA-215", "line 6"),
    ],
)
def test_unusable_files(tmp_path: Path, changes: dict[str, str], code: str, said: str):
    with pytest.raises(InputError) as caught:
        open_source(string(tmp_path, **changes)).functional()
    assert caught.value.code == code
    assert said in caught.value.problems[0]


def test_missing_names_say_which_file_to_get(tmp_path: Path):
    config = string(tmp_path)
    (tmp_path / "9606.protein.info.v12.0.txt.gz").unlink()
    with pytest.raises(InputError) as caught:
        open_source(config).functional()
    assert caught.value.code == "CA-210"
    assert "9606.protein.info.v12.0.txt.gz" in caught.value.problems[0]


@pytest.mark.parametrize("packed", ["info", "links"])
def test_names_are_found_packed_or_not(tmp_path: Path, packed: str):
    config = string(tmp_path)
    expected = edges(config)
    names = {"info": "info", "links": "links.detailed"}
    path = tmp_path / f"9606.protein.{names['links' if packed == 'info' else 'info']}.v12.0.txt.gz"
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    if packed == "info":
        config = config.model_copy(update={"interactions_files": (path.with_suffix(""),)})
    assert (
        edges(
            config.model_copy(
                update={
                    "annotations_files": write(tmp_path).annotations_files,
                    "terms_file": tmp_path / "terms.tsv",
                }
            )
        )
        == expected
    )


@pytest.mark.parametrize("version", ["v11.0", "v11.5"])
def test_older_releases(tmp_path: Path, version: str):
    string(tmp_path, info=INFO.replace("#string_protein_id", "protein_external_id"))
    for path in tmp_path.glob("*.v12.0.txt.gz"):
        path.rename(path.with_name(path.name.replace("v12.0", version)))
    links = tmp_path / f"9606.protein.links.detailed.{version}.txt.gz"
    found = open_source(write(tmp_path).model_copy(update={"interactions_files": (links,)}))
    assert found.functional().releases == {"STRING": version[1:]}


WEB = (
    "#node1\tnode2\tnode1_string_id\tnode2_string_id\tneighborhood_on_chromosome\tgene_fusion"
    "\tphylogenetic_cooccurrence\thomology\tcoexpression\texperimentally_determined_interaction"
    "\tdatabase_annotated\tautomated_textmining\tcombined_score\n"
    "AA\tBB\t9606.ENSP1\t9606.ENSP2\t0\t0\t0\t0\t0\t0.700\t0.5\t0.9\t0.99\n"
    "AA\tCC\t9606.ENSP1\t9606.ENSP3\t0\t0\t0\t0\t0\t0.4\t0\t0\t0.4\n"
    "BB\tCC\t9606.ENSP2\t9606.ENSP3\t0\t0\t0\t0\t0\t0\t0\t0.95\t0.95\n"
)


def web(tmp_path: Path, text: str = WEB) -> SourceConfig:
    path = tmp_path / "string_interactions.tsv"
    path.write_text(text)
    return write(tmp_path).model_copy(update={"interactions_files": (path,)})


def test_the_web_export_counts_as_the_download_does(tmp_path: Path):
    config = web(tmp_path)
    (tmp_path / "download").mkdir()
    source = open_source(config)
    assert edges(config) == edges(string(tmp_path / "download"))
    assert source.functional().interaction_label == "STRING association (experiments, database)"
    left_out = [(n.count, n.total) for n in source.notices("functional") if n.topic == "excluded"]
    assert left_out == [(1, 3)]


def test_a_wrong_score_of_the_web_export_is_named(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        edges(web(tmp_path, WEB.replace("0.700", "700")))
    assert caught.value.code == "CA-215"
    assert "line 2, column `experimentally_determined_interaction`" in caught.value.problems[0]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("info.txt", INFO, "CLUSTER_ASSETS_STRING_INFO_FILE"),
        ("terms.txt", TERMS, "CLUSTER_ASSETS_ANNOTATIONS_FILES"),
        ("sets.gmt", "A\t\tAA\n", "CLUSTER_ASSETS_ANNOTATIONS_FILES"),
        ("aliases.txt", "#string_protein_id\talias\tsource\n", "not used"),
        ("hp.txt", "format-version: 1.2\n", "CLUSTER_ASSETS_OBO_FILE"),
    ],
)
def test_a_file_in_the_wrong_setting_is_named(tmp_path: Path, name: str, text: str, told: str):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        edges(write(tmp_path).model_copy(update={"interactions_files": (path,)}))
    assert caught.value.code == "CA-213"
    assert caught.value.problems[0].startswith(f"{name}: is ")
    assert told in caught.value.problems[0]


def test_a_truncated_download_is_no_smaller_network(tmp_path: Path):
    config = string(tmp_path)
    path = config.interactions_files[0]
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError) as caught:
        open_source(config).functional()
    assert caught.value.code == "CA-210"


scores = st.integers(0, 1000).map(lambda score: score / 1000)


@given(scores)
def test_one_channel_stays_what_it_is(score: float):
    # below the prior there is no evidence
    expected = score if score > PRIOR else 0.0
    assert combine([np.array([score])])[0] == pytest.approx(expected, abs=1e-12)


@given(st.lists(scores, min_size=1, max_size=5), scores)
def test_more_evidence_never_lowers_a_score(channels: list[float], more: float):
    fewer = combine([np.array([score]) for score in channels])[0]
    together = combine([np.array([score]) for score in (*channels, more)])[0]
    assert fewer - 1e-12 <= together <= 1 + 1e-12
    assert together >= (more if more > PRIOR else 0) - 1e-12
