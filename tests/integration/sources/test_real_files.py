"""Source `files` on the shared real data, and HPO's genes with a network of files."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest

from cluster_assets.core.clustering.frames import check_functional
from cluster_assets.core.models import FunctionalInput
from cluster_assets.sources.catalog import open_source
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.vocabulary import load_vocabulary

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def config(shared_data: Path) -> SourceConfig:
    ndd = shared_data / "ndd"
    return SourceConfig(
        source="files",
        genes_file=ndd / "genes.tsv",
        genes_filter="ndd_lists=SysNDD",
        interactions_files=(
            ndd / "string_v11.5_top10k_edges.tsv",
            ndd / "hetio_ppi_edges.tsv.gz",
        ),
        annotations_files=(ndd / "annotations.parquet",),
        terms_file=ndd / "terms.parquet",
    )


@pytest.fixture(scope="module")
def ndd(config: SourceConfig) -> FunctionalInput:
    return open_source(config).functional()


def test_the_verified_counts(ndd: FunctionalInput):
    check_functional(ndd)
    connected = set(ndd.interactions["gene_a"]) | set(ndd.interactions["gene_b"])
    assert (len(ndd.genes), len(connected), len(ndd.interactions)) == (3215, 2653, 15_154)
    covered = ndd.annotations.groupby("source")["gene_id"].nunique().to_dict()
    assert covered == {"GO:BP": 3115, "GO:CC": 3162, "GO:MF": 3093, "HPO": 2273, "Reactome": 2354}


def test_the_checks_know_the_terms_of_the_table(config: SourceConfig):
    with_genes = config.model_copy(update={"hgnc_file": config.terms_file.parent / "hgnc.tsv.gz"})
    labels = load_vocabulary(with_genes).labels
    assert labels["GO:0007268"] == "chemical synaptic transmission"
    assert sum(term_id.startswith("R-HSA-") for term_id in labels) > 2000


def test_every_row_is_an_edge_or_counted(config: SourceConfig, ndd: FunctionalInput):
    notices = open_source(config).notices("functional")
    counted = {(notice.where, notice.topic): notice.count for notice in notices if not notice.ids}
    outside = counted["hetio_ppi_edges.tsv.gz", "outside"]
    merged = counted["interactions", "merged"]
    assert len(ndd.interactions) + outside + merged == 10_000 + 98_187


def test_shuffled_files_are_the_same_input(
    config: SourceConfig, ndd: FunctionalInput, tmp_path: Path
):
    def shuffled(path: Path) -> Path:
        frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        target = tmp_path / path.name
        frame.sample(frac=1, random_state=7).to_csv(target, sep="\t", index=False)
        return target

    other = config.model_copy(
        update={
            "genes_file": shuffled(config.genes_file),
            "interactions_files": tuple(map(shuffled, config.interactions_files[::-1])),
        }
    )
    found = open_source(other).functional()
    for frame in ("genes", "interactions", "annotations", "terms"):
        pd.testing.assert_frame_equal(getattr(ndd, frame), getattr(found, frame))


def test_gene_sets_as_downloaded(config: SourceConfig, shared_data: Path):
    sets = shared_data / "confidence"
    files = (sets / "GO_Biological_Process_2023.gmt.gz", sets / "Reactome_2022.gmt.gz")
    found = open_source(config.model_copy(update={"annotations_files": files})).functional()
    check_functional(found)
    assert set(found.terms["source"]) == {"GO_Biological_Process_2023", "Reactome_2022"}
    assert found.terms["term_id"].str.match(r"GO:\d{7}$|R-HSA-\d+$").all()


def test_hpo_genes_with_a_network_of_their_own(config: SourceConfig, shared_data: Path):
    own = SourceConfig(
        hgnc_file=shared_data / "ndd" / "hgnc.tsv.gz",
        interactions_files=config.interactions_files,
        interaction_label="protein interaction",
        annotations_files=(shared_data / "confidence" / "Reactome_2022.gmt.gz",),
    )
    source = open_source(own)
    found = source.functional()
    check_functional(found)
    assert found.interaction_label == "protein interaction"
    assert set(found.terms["source"]) == {"HPO", "Reactome_2022"}
    assert not any("HPO similarity" in note for note in found.notes)
    # symbols of the gene sets that are aliases of HPO's genes are resolved and said
    assert any(notice.topic == "renamed_id" for notice in source.notices("functional"))


@pytest.mark.slow  # measures time, which a busy machine takes
def test_loading_is_quick(config: SourceConfig):
    # 2.3 s of CPU time on an idle machine
    start = time.process_time()
    open_source(config).functional()
    assert time.process_time() - start < 12
