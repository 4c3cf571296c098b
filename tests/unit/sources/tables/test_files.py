"""Source `files`: sound tables give the right inputs, and everything set aside is said."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.errors import InputError, SettingsError
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.tables.schemas import COLUMNS, ROLES
from cluster_assets.sources.vocabulary import load_vocabulary
from support.source_tables import SOUND, write


def rows(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_sound_functional_tables(tmp_path: Path):
    found = open_source(write(tmp_path)).functional()
    assert rows(found.genes) == [["HGNC:1", "AA"], ["HGNC:2", "BB"], ["HGNC:3", "CC"]]
    assert rows(found.interactions) == [["HGNC:1", "HGNC:2", 0.9], ["HGNC:2", "HGNC:3", 0.5]]
    assert rows(found.annotations) == [
        ["HGNC:1", "GO:1", "GO:BP"],
        ["HGNC:2", "GO:1", "GO:BP"],
        ["HGNC:3", "HP:0001250", "HPO"],
    ]
    # HPO's own label, not the one of the file
    assert rows(found.terms) == [
        ["GO:1", "ion transport", "GO:BP"],
        ["HP:0001250", "Seizure", "HPO"],
    ]
    assert (found.namespace, found.interaction_label, found.notes) == ("HGNC", "interaction", ())


def test_sound_phenotype_tables(tmp_path: Path):
    found = open_source(write(tmp_path)).phenotype()
    assert rows(found.entities) == [
        ["-|OMIM:3|-", None, None, "OMIM:3", "Three disease", None],
        ["HGNC:1|OMIM:1|HP:0000006", "HGNC:1", None, "OMIM:1", "One disease", "HP:0000006"],
        ["HGNC:2|OMIM:2|HP:0000007", "HGNC:2", None, "OMIM:2", "Two disease", "HP:0000007"],
    ]
    assert rows(found.phenotypes) == [
        ["-|OMIM:3|-", "HP:0000118"],
        ["-|OMIM:3|-", "HP:0000252"],
        ["HGNC:1|OMIM:1|HP:0000006", "HP:0000118"],
        ["HGNC:1|OMIM:1|HP:0000006", "HP:0001250"],
        ["HGNC:2|OMIM:2|HP:0000007", "HP:0000118"],
        ["HGNC:2|OMIM:2|HP:0000007", "HP:0001250"],
    ]
    assert {"HP:0000006", "HP:0000007", "HP:0001250"} <= set(found.terms["term_id"])
    assert (found.releases, found.notes) == ({"HPO": "2025-01-16"}, ())


@pytest.mark.parametrize("name", ["genes.tsv", "interactions.tsv", "annotations.tsv", "terms.tsv"])
def test_row_order_does_not_matter(tmp_path: Path, name: str):
    header, *lines = SOUND[name].splitlines()
    write(tmp_path)
    sound = open_source(write(tmp_path)).functional()
    other = open_source(write(tmp_path, {name: "\n".join([header, *lines[::-1]])})).functional()
    for frame in ("genes", "interactions", "annotations", "terms"):
        pd.testing.assert_frame_equal(getattr(sound, frame), getattr(other, frame))


def test_other_spellings_are_the_same_input(tmp_path: Path):
    changes = {
        "genes.tsv": (
            "\ufeff HGNC_ID \tSymbol\textra\r\n hgnc:1\tAA\tx\r\n\r\nHGNC:2\tBB\t\r\nHGNC:3\tCC\t"
        ),
        "annotations.tsv": (
            "# a comment\n#gene\tterm\tsrc\nHGNC:1\tgo:1\tGO:BP\nHGNC:2\tGO:1\tGO:BP\n"
            "HGNC:3\tHP:0001250\tHPO\n"
        ),
        "terms.tsv": "id\tname\nGO:1\tion transport\n",
    }
    sound = open_source(write(tmp_path)).functional()
    other = open_source(write(tmp_path, changes)).functional()
    pd.testing.assert_frame_equal(sound.genes, other.genes)
    pd.testing.assert_frame_equal(sound.annotations, other.annotations)


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "tsv.gz", "parquet"])
def test_kinds_of_files(tmp_path: Path, kind: str):
    config = write(tmp_path)
    frame = pd.read_csv(tmp_path / "interactions.tsv", sep="\t")
    path = tmp_path / f"edges.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        text = frame.to_csv(index=False, sep="," if "csv" in kind else "\t")
        path.write_bytes(gzip.compress(text.encode()) if kind.endswith("gz") else text.encode())
    other = open_source(config.model_copy(update={"interactions_files": (path,)})).functional()
    pd.testing.assert_frame_equal(open_source(config).functional().interactions, other.interactions)


def test_quoted_cells_as_r_writes_them(tmp_path: Path):
    text = "".join(
        "\t".join(f'"{cell}"' for cell in line.split("\t")) + "\n"
        for line in SOUND["genes.tsv"].splitlines()
    )
    found = open_source(write(tmp_path, {"genes.tsv": text})).functional()
    assert rows(found.genes) == [["HGNC:1", "AA"], ["HGNC:2", "BB"], ["HGNC:3", "CC"]]


def test_unnamed_index_of_a_parquet_file_is_the_term(tmp_path: Path):
    config = write(tmp_path)
    frame = pd.DataFrame({"name": ["ion transport"]}, index=["GO:1"])
    frame.to_parquet(tmp_path / "terms.parquet")
    found = open_source(
        config.model_copy(update={"terms_file": tmp_path / "terms.parquet"})
    ).functional()
    assert found.terms["label"].tolist() == ["ion transport", "Seizure"]


def test_what_is_set_aside_is_counted(tmp_path: Path):
    config = write(
        tmp_path,
        {
            "interactions.tsv": (
                "gene_a\tgene_b\tscore\nHGNC:1\tHGNC:2\t0.4\nHGNC:2\tHGNC:1\t0.9\n"
                "HGNC:1\tHGNC:99\t0.9\nHGNC:3\tHGNC:3\t1\n"
            ),
            "annotations.tsv": (
                "gene_id\tterm_id\nHGNC:1\tGO:1\nHGNC:1\tGO:1\nHGNC:98\tGO:1\nHGNC:1\tGO:77\n"
            ),
        },
    )
    found = open_source(config).functional()
    assert rows(found.interactions) == [["HGNC:1", "HGNC:2", 0.9]]
    assert rows(found.annotations) == [["HGNC:1", "GO:1", "GO"]]
    assert found.notes == (
        "interactions.tsv: genes that are not clustered, left out: 1 (HGNC:99)",
        "interactions.tsv: rows with genes that are not clustered, left out: 1 of 4",
        "interactions.tsv: genes paired with themselves, left out: 1 (HGNC:3)",
        "interactions.tsv: rows that pair a gene with itself, left out: 1",
        "interactions: repeated interactions, merged to the strongest: 1",
        "annotations.tsv: genes that are not clustered, left out: 1 (HGNC:98)",
        "annotations.tsv: rows with genes that are not clustered, left out: 1 of 4",
        "annotations: terms without any label, their rows left out: 1 (GO:77)",
        "annotations: rows of terms without any label, left out: 1 of 3",
        "annotations: repeated rows, merged: 1",
    )


def test_phenotypes_that_do_not_count_are_said(tmp_path: Path):
    config = write(
        tmp_path,
        {
            "phenotypes.tsv": (
                "entity_id\thpo_id\tmodifier\tfrequency\n"
                "1\tHP:0002279\tpresent\t\n"  # alternative id
                "1\tHP:0000252\tNOT\t\n"
                "2\tHP:0001250\t\t0/3\n"
                "3\tHP:0000006\t\t\n"  # no phenotype
                "3\tHP:0000252\t\t\n"
                "3\tHP:9999999\t\t\n"
                "4\tHP:0001250\t\t\n"  # no such entity
            )
        },
    )
    found = open_source(config).phenotype()
    assert set(found.phenotypes["entity_id"]) == {"-|OMIM:3|-", "HGNC:1|OMIM:1|HP:0000006"}
    assert set(found.phenotypes["term_id"]) == {"HP:0000118", "HP:0001250", "HP:0000252"}
    assert found.notes == (
        "phenotypes.tsv: alternative or obsolete term ids, replaced: 1 (HP:0002279 -> HP:0001250)",
        "phenotypes.tsv: term ids that are not in HPO 2025-01-16, left out: 1 (HP:9999999)",
        "phenotypes.tsv: entities missing from the table of entities, left out: 1 (4)",
        "phenotypes.tsv: rows that say present, or nothing to the contrary: 5 of 7",
        "phenotypes.tsv: rows that say absent (`NOT`, `0/n`, HP:0040285 ...), left out: 2 of 7",
        "phenotypes.tsv: terms that are not phenotypic abnormalities, left out: 1 (HP:0000006)",
        "phenotypes.tsv: rows of entities or terms that are left out: 3 of 7",
        "entities.tsv: entities without a phenotype, left out: 1 (HGNC:2|OMIM:2|HP:0000007)",
    )


def test_entities_without_an_id_are_named_by_their_key(tmp_path: Path):
    config = write(
        tmp_path,
        {
            "entities.tsv": (
                "hgnc_id\tdisease_id\tdisease_name\tinheritance\nHGNC:1\tOMIM:1\tOne\tAD\n"
            ),
            "phenotypes.tsv": "entity_id\tterm_id\nHGNC:1|OMIM:1|HP:0000006\tHP:0001250\n",
        },
    )
    assert open_source(config).phenotype().entities["entity_id"].tolist() == [
        "HGNC:1|OMIM:1|HP:0000006"
    ]


def test_filter_of_genes(tmp_path: Path):
    changes = {
        "genes.tsv": "gene_id\tsymbol\tLists\nHGNC:1\tAA\tx|y\nHGNC:2\tBB\ty\nHGNC:3\tCC\txy\n"
    }
    config = write(tmp_path, changes).model_copy(update={"genes_filter": "lists=y"})
    found = open_source(config).functional()
    assert found.genes["gene_id"].tolist() == ["HGNC:1", "HGNC:2"]
    assert found.notes[0] == "genes.tsv: genes without 'y', left out: 1 of 3"


def test_files_on_different_scales_are_said(tmp_path: Path):
    config = write(tmp_path, {"more.tsv": "gene_a\tgene_b\tscore\nHGNC:1\tHGNC:3\t900\n"})
    config = config.model_copy(
        update={"interactions_files": (*config.interactions_files, tmp_path / "more.tsv")}
    )
    assert any("different scales" in note for note in open_source(config).functional().notes)


HGNC = (
    "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\n"
    "HGNC:1\tAA\ta\tApproved\t\t\t101\tENSG00000000001\n"
    "HGNC:2\tBB\tb\tApproved\tDUP\t\t102\t\nHGNC:3\tCC\tc\tApproved\tDUP\tOLDC\t103\t\n"
    "HGNC:4\tZZ\tsymbol withdrawn, see HGNC:3\tSymbol Withdrawn\t\t\t\t\n"
)


def test_hgnc_maps_all_ids(tmp_path: Path):
    changes = {
        "hgnc.txt": HGNC,
        "genes.tsv": "gene_id\tsymbol\nENSEMBL:ENSG00000000001\tAA\nNCBIGene:102\tBB\nHGNC:4\tZZ\n",
        "interactions.tsv": "gene_a\tgene_b\nNCBIGene:101\tHGNC:2\nHGNC:4\tNCBIGene:102\n",
    }
    config = write(tmp_path, changes).model_copy(update={"hgnc_file": tmp_path / "hgnc.txt"})
    found = open_source(config).functional()
    assert rows(found.genes) == [["HGNC:1", "AA"], ["HGNC:2", "BB"], ["HGNC:3", "CC"]]
    assert rows(found.interactions) == [["HGNC:1", "HGNC:2", 1.0], ["HGNC:2", "HGNC:3", 1.0]]


def test_without_genes_all_that_interact_are_clustered(tmp_path: Path):
    config = write(tmp_path, {"hgnc.txt": HGNC})
    config = config.model_copy(update={"genes_file": None, "hgnc_file": tmp_path / "hgnc.txt"})
    assert rows(open_source(config).functional().genes) == [
        ["HGNC:1", "AA"],
        ["HGNC:2", "BB"],
        ["HGNC:3", "CC"],
    ]


def test_available_follows_the_settings(tmp_path: Path):
    config = write(tmp_path)
    assert open_source(config).available == ("functional", "phenotype")
    assert open_source(config.model_copy(update={"entities_file": None})).available == (
        "functional",
    )
    assert open_source(config.model_copy(update={"annotations_files": ()})).available == (
        "phenotype",
    )
    assert open_source(config.model_copy(update={"genes_file": None})).available == ("phenotype",)
    assert open_source(SourceConfig(source="files")).available == ()


def test_a_type_that_is_not_set_up_names_the_settings(tmp_path: Path):
    config = write(tmp_path).model_copy(update={"annotations_files": (), "genes_file": None})
    with pytest.raises(SettingsError) as caught:
        open_source(config).functional()
    assert caught.value.code == "CA-120"
    assert caught.value.context["missing"] == ("genes", "annotations")
    assert "CLUSTER_ASSETS_ANNOTATIONS_FILES" in caught.value.message


def test_vocabulary_of_files(tmp_path: Path):
    vocabulary = load_vocabulary(write(tmp_path))
    assert vocabulary.symbols == {"AA": "HGNC:1", "BB": "HGNC:2", "CC": "HGNC:3"}
    assert vocabulary.synonyms == {"HP:0000006": ("AD",)}
    assert "HP:0000001" not in vocabulary.labels
    assert vocabulary.labels["GO:1"] == "ion transport"
    assert vocabulary.labels["HP:0001250"] == "Seizure"  # the ontology's word, not the table's


def test_vocabulary_has_each_term_once_and_no_obsolete_one(tmp_path: Path):
    terms = "term_id\tlabel\ngo:1\tion transport\nGO:1\tion transport\nGO:2\tobsolete thing\n"
    config = write(tmp_path, {"terms.tsv": f"{terms}HP:9\tgone\nR-HSA-1\t Signaling by X\n"})
    labels = load_vocabulary(config).labels
    own = {term_id: label for term_id, label in labels.items() if not term_id.startswith("HP:")}
    assert own == {"GO:1": "ion transport", "R-HSA-1": "Signaling by X"}
    assert "HP:9" not in labels


def test_vocabulary_of_gene_sets_where_there_is_no_table_of_terms(tmp_path: Path):
    gene_sets = tmp_path / "sets.gmt"
    gene_sets.write_text("ion transport (GO:0006811)\t\tAA\tBB\n", "utf-8")
    config = write(tmp_path).model_copy(
        update={"terms_file": None, "annotations_files": (gene_sets,)}
    )
    assert load_vocabulary(config).labels["GO:0006811"] == "ion transport"


def test_vocabulary_says_what_is_wrong_with_the_table_of_terms(tmp_path: Path):
    with pytest.raises(InputError, match=r"terms\.tsv"):
        load_vocabulary(write(tmp_path, {"terms.tsv": "term\tno label\nGO:1\tx\n"}))


def test_describe_says_which_file_is_missing(tmp_path: Path):
    config = write(tmp_path).model_copy(update={"genes_file": tmp_path / "none.tsv"})
    described = open_source(config).describe()
    assert described["genes"].endswith("(file not found)")
    assert "entities" in described


@pytest.mark.parametrize("role", ROLES)
def test_a_name_of_a_column_means_one_column(role):
    aliases = [alias for names in COLUMNS[role].aliases.values() for alias in names]
    assert len(aliases) == len(set(aliases))
    assert all(alias == alias.lower() for alias in aliases)
    assert all(names[0] == canonical for canonical, names in COLUMNS[role].aliases.items())
