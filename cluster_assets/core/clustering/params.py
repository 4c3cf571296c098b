"""Parameters of the two methods: what a caller may choose, and what is refused.

Their defaults are those of the product. They are part of a clustering's fingerprint.
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster_assets.errors import ClusteringError


@dataclass(frozen=True, slots=True)
class FunctionalParams:
    """Parameters of a functional clustering.

    Attributes:
        resolution: of modularity; higher gives more and smaller clusters.
        min_size: members from which a cluster is reported.
        n_runs: Leiden runs whose agreement reweights the network.
        n_best: runs on the reweighted network, the best of which is taken.
        seed: everything random follows from it.
        subclusters: whether clusters are split once more.
        n_draws: subsamples of the genes, for the stability of clusters.
        share: of the genes in a subsample.
        n_null: random networks of the same degrees that modularity is set against.
        min_term_size: annotated genes that a term needs to be tested, and
        max_term_size: may have.
        max_fdr: highest adjusted p-value of an evidence row.
        max_rows: evidence rows for a cluster and source.
    """

    resolution: float = 1.0
    min_size: int = 10
    n_runs: int = 50
    n_best: int = 20
    seed: int = 42
    subclusters: bool = False
    n_draws: int = 20
    share: float = 0.8
    n_null: int = 10
    min_term_size: int = 5
    max_term_size: int = 2000
    max_fdr: float = 0.05
    max_rows: int = 20

    def __post_init__(self) -> None:
        """Refuse values that no method can work with.

        Raises:
            ClusteringError: `CA-300`.
        """
        counts = (self.min_size, self.n_runs, self.n_best, self.n_draws, self.n_null - 1)
        if not (self.resolution > 0 and min(counts) >= 1 and 0 < self.share < 1):
            raise ClusteringError(
                "CA-300",
                "functional clustering needs a resolution above 0, a `share` between 0 and 1, at "
                "least 1 for `min_size`, `n_runs`, `n_best`, `n_draws`, and 2 for `n_null`",
            )


@dataclass(frozen=True, slots=True)
class PhenotypeParams:
    """Parameters of a phenotype clustering.

    Attributes:
        min_prevalence: share of the entities that an active term needs, and
        max_prevalence: may have.
        n_axes: axes of the MCA that are clustered on.
        k_min: smallest number of clusters, taken when no larger one is stable.
        k_max: largest number of clusters that is tried.
        min_size: members from which a cluster is reported.
        min_stability: mean Jaccard index under subsampling that each cluster must reach.
        n_draws: subsamples at the most; five more propose the partitions that they judge.
        share: of the entities in a subsample.
        seed: everything random follows from it.
        min_v: absolute v-test above which a row is evidence.
        max_rows: evidence rows over and, separately, under.
    """

    min_prevalence: float = 0.05
    max_prevalence: float = 0.95
    n_axes: int = 8
    k_min: int = 3
    k_max: int = 25
    min_size: int = 10
    min_stability: float = 0.75
    n_draws: int = 30
    share: float = 0.8
    seed: int = 42
    min_v: float = 2.0
    max_rows: int = 40

    def __post_init__(self) -> None:
        """Refuse values that no method can work with.

        Raises:
            ClusteringError: `CA-300`.
        """
        if not (1 <= self.k_min <= self.k_max and self.n_axes >= 1 and self.n_draws >= 1):
            raise ClusteringError(
                "CA-300",
                "phenotype clustering needs 1 <= `k_min` <= `k_max` and at least 1 for `n_axes` "
                "and `n_draws`",
            )
        if not (0 < self.min_prevalence < self.max_prevalence < 1 and 0 < self.share < 1):
            raise ClusteringError(
                "CA-300",
                "phenotype clustering needs 0 < `min_prevalence` < `max_prevalence` < 1 and a "
                "`share` between 0 and 1",
            )
