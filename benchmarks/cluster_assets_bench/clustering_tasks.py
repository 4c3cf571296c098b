"""One measurement of the clustering benchmark, in a process of its own.

`python -m cluster_assets_bench.clustering_tasks TASK FOLDER REPEATS [NDD]` prints one line of JSON.
A process for each, because the peak of memory is that of a process; libraries and data are loaded
before the clock starts, and count in the memory. FOLDER has the files that `prepare` wrote, which
peers read too: `NETWORK.tsv` (two numbers of nodes and a weight), `clinical.csv` (0 and 1).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from cluster_assets.batch.clustering_run import make_clustering
from cluster_assets.batch.installation import open_installation
from cluster_assets.core.clustering.arrays import Labels, Sparse
from cluster_assets.core.clustering.enrichment import EnrichmentParams, annotate, enrich
from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.phenotype import cluster_entities
from cluster_assets.core.clustering.entities.presence import Presence, build_presence
from cluster_assets.core.clustering.entities.vtests import share_tests
from cluster_assets.core.clustering.entities.ward import consolidate, cut_tree, grow_tree
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.communities import find_communities
from cluster_assets.core.clustering.genes.functional import cluster_genes
from cluster_assets.core.clustering.genes.graph import GeneNetwork, build_network, modularity
from cluster_assets.core.clustering.params import FunctionalParams, PhenotypeParams
from cluster_assets.core.clustering.partitions import adjusted_rand_index
from cluster_assets.core.models import FunctionalInput
from cluster_assets.settings import Settings
from cluster_assets_bench import real_data
from cluster_assets_bench.continuity import drop_entities, drop_genes
from cluster_assets_bench.planted_data import planted_network, planted_phenotypes

GENES, ENTITIES = FunctionalParams(), PhenotypeParams()
N_FIT = 10  # clusters of the 28 clinical terms; HCPC is asked for as many
N_PLANTED = 8
N_ENSEMBLES = 8
TERMS = ("clinical", "prevalence")
DROPS = (1, 10)
Answer = dict[str, Any]


def prepare(folder: Path, _repeats: int, ndd: Path | None) -> Answer:
    """Write what several measurements and the peers work on."""
    edges, modules = planted_network(20_000, 1_120_000, 50, seed=1)
    networks = {"planted": build_network(_ids(edges), edges)}
    np.savetxt(folder / "planted.modules", modules, fmt="%d")
    if ndd is not None:
        universe = real_data.sysndd_genes(ndd)["gene_id"]
        networks["string"] = build_network(universe, real_data.string_edges(ndd))
        networks["both"] = build_network(universe, real_data.all_edges(ndd))
    for name, network in networks.items():
        upper = sparse.triu(network.adjacency, k=1).tocoo()
        table = pd.DataFrame({"a": upper.row, "b": upper.col, "w": upper.data})
        table.sort_values(["a", "b"]).to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    matrix, profiles = planted_phenotypes(100_000, 500, N_PLANTED, seed=1)
    sparse.save_npz(folder / "phenotypes.npz", sparse.csr_matrix(matrix))
    np.savetxt(folder / "phenotypes.profiles", profiles, fmt="%d")
    presence = _presence("clinical")
    dense = pd.DataFrame(presence.active.toarray().astype(int), columns=list(presence.term_ids))
    dense.to_csv(folder / "clinical.csv", index=False)
    return {"edges": {name: network.n_edges for name, network in networks.items()}}


def read_network(path: Path) -> GeneNetwork:
    """Return a network that `prepare` wrote; nodes in the order of their numbers."""
    table = pd.read_csv(path, sep="\t")
    edges = pd.DataFrame(
        {
            "gene_a": table["a"].map("{:08d}".format),
            "gene_b": table["b"].map("{:08d}".format),
            "weight": table["w"],
        }
    )
    return build_network(_ids(edges), edges)


def run_leiden(folder: Path, repeats: int, _ndd: Path | None) -> Answer:
    """Run Leiden once for each of several seeds, on each network."""
    found = {}
    for path in sorted(folder.glob("*.tsv")):
        adjacency = read_network(path).adjacency
        seconds, labels = _timed(
            lambda run, of=adjacency: leiden.leiden(of, run, GENES.resolution)[1], repeats
        )
        found[path.stem] = {"seconds": seconds, **_agreement(adjacency, labels)}
    return found


def run_consensus(folder: Path, _repeats: int, _ndd: Path | None) -> Answer:
    """Run independent ensembles on the real networks."""
    found = {}
    for path in sorted(folder.glob("[sb]*.tsv")):
        adjacency = read_network(path).adjacency

        def one(run: int, of: Sparse = adjacency) -> Labels:
            return leiden.consensus(
                of, seed=run, n_runs=GENES.n_runs, n_best=GENES.n_best, resolution=1.0
            ).labels

        seconds, labels = _timed(one, N_ENSEMBLES)
        np.savetxt(folder / f"{path.stem}.consensus", labels[0], fmt="%d")
        found[path.stem] = {"seconds": seconds, **_agreement(adjacency, labels)}
    return found


def run_functional(_folder: Path, repeats: int, ndd: Path | None) -> Answer:
    """Cluster STRING and hetio with all annotations: consensus and enrichment, and the whole."""
    inp = _functional(ndd)
    seconds, _ = _timed(lambda _: _consensus_and_enrichment(inp), repeats)
    whole, clusterings = _timed(lambda _: cluster_genes(inp, GENES), repeats)
    return {
        "seconds": seconds,
        "whole": whole,
        "terms": int(inp.annotations["term_id"].nunique()),
        "clusters": len(clusterings[0].clusters),
    }


def run_enrichment(folder: Path, repeats: int, ndd: Path | None) -> Answer:
    """Enrich all clusters for GO biological processes; write what the peer needs for the same."""
    inp = _functional(ndd)
    network = build_network(inp.genes["gene_id"], inp.interactions)
    groups = find_communities(network, GENES, None).groups(network)
    symbols = dict(zip(inp.genes["gene_id"], inp.genes["gene_id"], strict=True))
    rows = inp.annotations[inp.annotations["source"] == "GO:BP"]
    rows = rows[rows["gene_id"].isin(symbols)]
    sets = rows.groupby("term_id")["gene_id"].agg(list)
    sets = sets[sets.map(len).between(GENES.min_term_size, GENES.max_term_size)]
    background = sorted(rows["gene_id"].unique())
    task = {"clusters": groups, "sets": sets.to_dict(), "background": background}
    (folder / "enrichment.json").write_text(json.dumps(task))
    limits = EnrichmentParams(max_fdr=1.0, max_rows=100_000)

    def one(_: int) -> list[Any]:
        annotated = annotate(symbols, rows, {}, limits)
        return [enrich(group, annotated, limits).rows for group in groups]

    seconds, found = _timed(one, repeats)
    p_values = [{row.term_id: row.p for row in cluster} for cluster in found[0]]
    return {"seconds": seconds, "p": p_values}


def run_fit(folder: Path, repeats: int, _ndd: Path | None) -> Answer:
    """Fit 4,829 diseases x 28 terms, with v-tests; write what FactoMineR is compared with."""
    cells = pd.read_csv(folder / "clinical.csv").to_numpy(dtype=np.float32)
    active = cast("Sparse", sparse.csr_array(cells))
    seconds, found = _timed(lambda _: _fit(active, N_FIT), repeats)
    factors, labels, tests = found[0]
    with threadpool_limits(limits=1):
        mca, _ = _timed(lambda _: fit_mca(active, ENTITIES.n_axes), repeats)
    tested, _ = _timed(lambda _: share_tests(active, labels), repeats)
    np.savetxt(folder / "clinical.coordinates", factors.coordinates)
    np.savetxt(folder / "clinical.eigenvalues", factors.eigenvalues)
    np.savetxt(folder / "clinical.labels", labels, fmt="%d")
    np.savetxt(folder / "clinical.v", tests.v)
    return {"seconds": seconds, "mca": mca, "tests": tested, "shape": list(cells.shape)}


def run_large_fit(folder: Path, repeats: int, _ndd: Path | None) -> Answer:
    """Fit 100,000 entities x 500 terms, with v-tests, and compare with what was planted."""
    active = cast("Sparse", sparse.csr_array(sparse.load_npz(folder / "phenotypes.npz")))
    seconds, found = _timed(lambda _: _fit(active, N_PLANTED), repeats)
    profiles = np.loadtxt(folder / "phenotypes.profiles", dtype=np.int64)
    return {"seconds": seconds, "agreement": [adjusted_rand_index(found[0][1], profiles)]}


def run_phenotype(_folder: Path, repeats: int, _ndd: Path | None) -> Answer:
    """Cluster 4,829 diseases with everything, on either list of terms."""
    found = {}
    for terms in TERMS:
        inp = real_data.diseases(terms)
        seconds, clusterings = _timed(lambda _, of=inp: cluster_entities(of, ENTITIES), repeats)
        found[terms] = {
            "seconds": seconds,
            "clusters": len(clusterings[0].clusters),
            "min_stability": clusterings[0].quality["min_stability"],
        }
    return found


def run_gene_drops(_folder: Path, repeats: int, ndd: Path | None) -> Answer:
    """Take one gene out, and ten; `repeats` times each."""
    edges = real_data.all_edges(_needed(ndd))
    return {str(n): asdict(drop_genes(_needed(ndd), edges, n, repeats)) for n in DROPS}


def run_entity_drops(_folder: Path, repeats: int, _ndd: Path | None) -> Answer:
    """Take one entity out, and ten, on either list of terms."""
    return {
        terms: {str(n): asdict(drop_entities(real_data.diseases(terms), n, repeats)) for n in DROPS}
        for terms in TERMS
    }


def run_reclick(folder: Path, repeats: int, ndd: Path | None) -> Answer:
    """Click again on unchanged data: the embedded release and, where there are any, real files."""
    settings: dict[str, dict[str, Any]] = {"embedded": {"source": "hpo"}}
    if ndd is not None:
        settings["files"] = _written(folder / "tables", _functional(ndd))
    answer: Answer = {}
    for name, values in settings.items():
        installation = open_installation(Settings(**values), folder / f"home-{name}")
        for cluster_type in installation.source.available:
            make_clustering(installation, cluster_type)
            seconds, outcomes = _timed(
                lambda _, p=installation, t=cluster_type: make_clustering(p, t), repeats
            )
            if not all(outcome.memoised for outcome in outcomes):
                raise AssertionError("unchanged data were clustered again")
            answer[f"{name}, {cluster_type}"] = seconds
        installation.store.engine.dispose()
    return answer


def _written(folder: Path, inp: FunctionalInput) -> dict[str, Any]:
    """Write an input as the files that a user would bring; return the settings that name them."""
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in ("genes", "interactions", "annotations")}
    inp.genes.to_parquet(paths["genes"])
    inp.interactions.rename(columns={"weight": "score"}).to_parquet(paths["interactions"])
    inp.annotations.to_parquet(paths["annotations"])
    return {
        "source": "files",
        "genes_file": paths["genes"],
        "interactions_files": str(paths["interactions"]),
        "annotations_files": str(paths["annotations"]),
        "interaction_label": inp.interaction_label,
    }


def _consensus_and_enrichment(inp: FunctionalInput) -> None:
    network = build_network(inp.genes["gene_id"], inp.interactions)
    groups = find_communities(network, GENES, None).groups(network)
    limits = EnrichmentParams()
    symbols = dict(zip(inp.genes["gene_id"], inp.genes["symbol"], strict=True))
    annotated = annotate(symbols, inp.annotations, {}, limits)
    for group in groups:
        enrich(group, annotated, limits)


def _fit(active: Sparse, number: int) -> tuple[Any, Labels, Any]:
    with threadpool_limits(limits=1):  # as the product
        factors = fit_mca(active, ENTITIES.n_axes)
        labels = consolidate(factors.coordinates, cut_tree(grow_tree(factors.coordinates), number))
        return factors, labels, share_tests(active, labels)


def _functional(ndd: Path | None) -> FunctionalInput:
    folder = _needed(ndd)
    genes, edges = real_data.sysndd_genes(folder), real_data.all_edges(folder)
    return real_data.functional_input(folder, genes, edges)


def _needed(ndd: Path | None) -> Path:
    if ndd is None:
        raise ValueError("this measurement needs the real data")
    return ndd


def _presence(terms: str) -> Presence:
    inp = real_data.diseases(terms)
    return build_presence(inp, ENTITIES.min_prevalence, ENTITIES.max_prevalence)


def _ids(edges: pd.DataFrame) -> pd.Series:
    return pd.Series(pd.concat([edges["gene_a"], edges["gene_b"]]).unique())


def _agreement(adjacency: Sparse, labels: list[Labels]) -> Answer:
    pairs = [adjusted_rand_index(one, two) for one, two in combinations(labels, 2)]
    return {"agreement": pairs, "modularity": [modularity(adjacency, found) for found in labels]}


def _timed(one: Callable[[int], Any], repeats: int) -> tuple[list[float], list[Any]]:
    seconds, results = [], []
    for run in range(repeats):
        started = time.perf_counter()
        results.append(one(run))
        seconds.append(time.perf_counter() - started)
    return seconds, results


TASKS: Mapping[str, Callable[[Path, int, Path | None], Answer]] = {
    "prepare": prepare,
    "leiden": run_leiden,
    "consensus": run_consensus,
    "functional": run_functional,
    "enrichment": run_enrichment,
    "fit": run_fit,
    "large_fit": run_large_fit,
    "phenotype": run_phenotype,
    "gene_drops": run_gene_drops,
    "entity_drops": run_entity_drops,
    "reclick": run_reclick,
}


def main(task: str, folder: str, repeats: str, ndd: str | None = None) -> None:
    """Run one task and print its answer."""
    answer = TASKS[task](Path(folder), int(repeats), Path(ndd) if ndd else None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**answer, "peak_mb": peak}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
