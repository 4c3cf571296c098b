"""`cluster-assets bench clustering`: time, memory, agreement and continuity, with peers beside.

Each measurement runs in a process of its own (`clustering_tasks`), one after the other. Without the
shared real data only the embedded HPO release and synthetic data are measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cluster_assets.core.clustering.arrays import Floats
from cluster_assets.core.clustering.genes.graph import modularity
from cluster_assets.core.clustering.partitions import adjusted_rand_index
from cluster_assets_bench.clustering_peers import measure_peers
from cluster_assets_bench.clustering_tasks import read_network
from cluster_assets_bench.figures import BenchReport, Figure

NETWORKS = {"string": "STRING", "both": "STRING + hetio", "planted": "synthetic"}
MIN_AGREEMENT = {"string": 0.97, "both": 0.90}
MIN_SURVIVING = {"1": 0.95, "10": 0.80}
MAX_LOSS = 0.01
MAX_MB = 1024
EXACT = 1e-9
N_DROPS = 20
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Where the measurements work.

    Attributes:
        folder: files that they share.
        ndd: the folder of the real data; None when there is none.
    """

    folder: Path
    ndd: Path | None

    def run(self, task: str, repeats: int) -> dict[str, Any]:
        """Return the answer of one measurement in a process of its own."""
        command = [sys.executable, "-m", "cluster_assets_bench.clustering_tasks", task]
        command += [str(self.folder), str(repeats), *([str(self.ndd)] if self.ndd else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the measurement `{task}` failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])


def run_clustering_bench(
    data: Path | None = None, *, repeats: int = 3, drops: int = N_DROPS, peers: bool = True
) -> BenchReport:
    """Measure clustering; about 15 minutes, and the installation of the peers at the first time.

    Args:
        data: the shared data folder with `ndd/`, None for the embedded and synthetic data alone.
        repeats: runs of each figure.
        drops: random changes of the data for each figure of continuity.
        peers: also the peers, each in an environment that is made when it is not there.
    """
    notes = ["Every measurement in a process of its own; libraries and data are loaded before."]
    with TemporaryDirectory() as name:
        site = Site(Path(name), data / "ndd" if data else None)
        site.run("prepare", 1)
        figures = [*_networks(site, repeats), *_entities(site, repeats)]
        if site.ndd is not None:
            figures += _genes(site, repeats)
        else:
            notes.append("Without CLUSTER_ASSETS_SHARED_DATA no protein network is measured.")
        figures += [*_continuity(site, drops), *_reclick(site, repeats)]
        if peers:
            for item in _peers(site, repeats):
                if isinstance(item, Figure):
                    figures.append(item)
                else:
                    notes.append(item)
    return BenchReport("Clustering", tuple(figures), tuple(notes))


def _networks(site: Site, repeats: int) -> Iterator[Figure]:
    single = site.run("leiden", max(repeats, 2))
    for key in _known(single):
        limit = 2.0 if key == "planted" else None
        yield from _communities(f"Leiden, {NETWORKS[key]}", single[key], limit)
    for key, found in _known(site.run("consensus", 1)).items():
        agreement = tuple(found["agreement"])
        yield Figure(f"consensus, {NETWORKS[key]}", "s", tuple(found["seconds"]))
        what = "  agreement of independent ensembles (ARI)"
        yield Figure(what, "", agreement, at_least=MIN_AGREEMENT[key])
        yield Figure("  modularity", "", tuple(found["modularity"]))


def _communities(what: str, found: Answer, limit_s: float | None = None) -> Iterator[Figure]:
    yield Figure(what, "s", tuple(found["seconds"]), at_most=limit_s)
    yield Figure("  agreement of single runs (ARI)", "", tuple(found["agreement"]))
    yield Figure("  modularity", "", tuple(found["modularity"]))


def _genes(site: Site, repeats: int) -> Iterator[Figure]:
    found = site.run("functional", repeats)
    what = f"STRING + hetio: consensus, enrichment over {found['terms']} terms"
    yield Figure(what, "s", tuple(found["seconds"]), at_most=8)
    yield Figure("  with every figure of quality", "s", tuple(found["whole"]))
    yield Figure("  peak memory", "MB", (found["peak_mb"],), at_most=MAX_MB)


def _entities(site: Site, repeats: int) -> Iterator[Figure]:
    fit = site.run("fit", repeats)
    rows, columns = fit["shape"]
    what = f"{rows} diseases x {columns} terms: fit with v-tests"
    yield Figure(what, "s", tuple(fit["seconds"]), at_most=0.25)
    yield Figure("  MCA alone", "s", tuple(fit["mca"]))
    yield Figure("  v-tests alone", "s", tuple(fit["tests"]))
    whole = site.run("phenotype", repeats)
    for terms in ("clinical", "prevalence"):
        what = f"diseases, {terms} terms: whole clustering, {whole[terms]['clusters']} clusters"
        yield Figure(what, "s", tuple(whole[terms]["seconds"]))
    large = site.run("large_fit", repeats)
    what = "100000 entities x 500 terms: fit with v-tests"
    yield Figure(what, "s", tuple(large["seconds"]), at_most=5)
    yield Figure("  agreement with what was planted (ARI)", "", tuple(large["agreement"]))
    yield Figure("  peak memory", "MB", (large["peak_mb"],), at_most=MAX_MB)


def _continuity(site: Site, drops: int) -> Iterator[Figure]:
    found = site.run("entity_drops", drops)
    for terms in ("clinical", "prevalence"):
        yield from _drops(f"diseases, {terms} terms", found[terms])
    if site.ndd is not None:
        yield from _drops("genes, STRING + hetio", site.run("gene_drops", drops))


def _drops(what: str, found: Answer) -> Iterator[Figure]:
    """Give the mean over the changes: a median would hide the worst of them."""
    for n_gone, least in MIN_SURVIVING.items():
        drops = found[n_gone]
        if survived := drops["survived"]:
            name = f"{what}, {n_gone} fewer: hashes kept, mean of {len(survived)}"
            yield Figure(name, "", (float(np.mean(survived)),), at_least=least)
        yield Figure("  quality given up", "", tuple(drops["losses"]))
        yield Figure("  most of it", "", (max(drops["losses"]),), at_most=MAX_LOSS)


def _reclick(site: Site, repeats: int) -> Iterator[Figure]:
    found = site.run("reclick", repeats)
    for what, seconds in found.items():
        if isinstance(seconds, list):
            yield Figure(f"click on unchanged data ({what})", "s", tuple(seconds), at_most=0.5)


def _peers(site: Site, repeats: int) -> Iterator[Figure | str]:
    """Yield the figures of the peers; what needs one of ours to compare with follows it."""
    ours = site.run("enrichment", repeats) if site.ndd else None
    if ours is not None:
        yield Figure("GO:BP enrichment of all clusters", "s", tuple(ours["seconds"]))
    repeats = max(repeats, 2)  # runs are compared with one another
    for name, answer in measure_peers(site.folder, repeats, with_enrichment=ours is not None):
        if isinstance(answer, str):
            yield f"{name}: not measured, {answer}"
        elif name == "prince":
            yield Figure("prince: MCA alone", "s", tuple(answer["seconds"]))
            yield _difference("  coordinates, from ours", site, answer, None)
        elif name == "gseapy" and ours is not None:
            yield Figure("gseapy: the same enrichment", "s", tuple(answer["seconds"]))
            yield Figure("  p-values, largest relative difference", "", (_p_gap(ours, answer),))
        elif name == "R FactoMineR":
            yield from _factominer(site, answer)
        else:
            yield from _other_communities(name, site, answer)


def _other_communities(name: str, site: Site, answer: Answer) -> Iterator[Figure]:
    for key, found in _known(answer).items():
        adjacency = read_network(site.folder / f"{key}.tsv").adjacency
        labels = [np.array(run, dtype=np.int64) for run in found["labels"]]
        pairs = [adjusted_rand_index(one, two) for one, two in combinations(labels, 2)]
        reached = [modularity(adjacency, run) for run in labels]
        measured = {**found, "agreement": pairs, "modularity": reached}
        yield from _communities(f"{name}, {NETWORKS[key]}", measured)


def _factominer(site: Site, answer: Answer) -> Iterator[Figure]:
    yield Figure("R FactoMineR: MCA", "s", tuple(answer["fit"]))
    yield Figure("  HCPC with as many clusters, v-tests included", "s", tuple(answer["tree"]))
    yield Figure("  v-tests alone", "s", tuple(answer["tests"]))
    yield Figure("  peak memory", "MB", (answer["peak_mb"],))
    yield _difference("  coordinates, from ours", site, answer, EXACT)
    values = _read(site, "eigenvalues")
    gap = np.abs(values - np.array(answer["eigenvalues"])[: len(values)]).max()
    yield Figure("  eigenvalues, from ours", "", (float(gap),), at_most=EXACT)
    theirs = np.array(answer["v"], dtype=float)  # infinite where its p-value underflows
    gap = np.nanmax(np.abs(theirs - _read(site, "v")))
    yield Figure("  v-tests, from ours", "", (float(gap),), at_most=EXACT)
    labels = np.array(answer["labels"], dtype=np.int64), _read(site, "labels").astype(np.int64)
    yield Figure("  clusters, agreement with ours (ARI)", "", (adjusted_rand_index(*labels),))


def _difference(what: str, site: Site, answer: Answer, at_most: float | None) -> Figure:
    """Compare coordinates; the sign of an axis is arbitrary."""
    ours, theirs = _read(site, "coordinates"), np.array(answer["coordinates"])
    signs = np.sign((ours * theirs).sum(axis=0))
    return Figure(what, "", (float(np.abs(ours * signs - theirs).max()),), at_most=at_most)


def _p_gap(ours: Answer, theirs: Answer) -> float:
    """Return the largest relative difference of the p-values that both report."""
    gaps = [
        abs(p / other[term] - 1)
        for mine, other in zip(ours["p"], theirs["p"], strict=True)
        for term, p in mine.items()
        if other.get(term)
    ]
    return max(gaps)


def _read(site: Site, what: str) -> Floats:
    return np.loadtxt(site.folder / f"clinical.{what}")


def _known(found: Answer) -> dict[str, Any]:
    """Return the networks of an answer, in the order of the report."""
    return {key: found[key] for key in NETWORKS if key in found}
