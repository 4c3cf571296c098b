"""Parameters of the two methods, with the defaults of the product and the limits on their values.

Parameters are part of the fingerprint of a clustering.
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster_assets.errors import ClusteringError


@dataclass(frozen=True, slots=True)
class FunctionalParams:
    """Parameters of a functional clustering.

    Attributes:
        resolution: resolution of modularity; higher gives more and smaller clusters.
        min_size: smallest number of members of a reported cluster.
        n_runs: Leiden runs whose agreement reweights the network.
        n_best: runs on the reweighted network, of which the best is taken.
        seed: seed of everything random.
        subclusters: whether to split each cluster once more.
        n_draws: subsamples of the genes that measure the stability of clusters.
        share: share of the genes in a subsample, 0 to 1.
        n_null: random networks of the same degrees that modularity is compared with.
        min_term_size: smallest number of annotated genes of a tested term.
        max_term_size: largest number of annotated genes of a tested term.
        max_fdr: highest adjusted p-value of an evidence row, 0 to 1.
        max_rows: evidence rows per cluster and source.
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
        """Check the values.

        Raises:
            ClusteringError: `CA-300` if a value is out of range.
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
        min_prevalence: smallest share of the entities with an active term, 0 to 1.
        max_prevalence: largest share of the entities with an active term, 0 to 1.
        n_axes: axes of the MCA on which entities are clustered.
        k_min: smallest number of clusters, used if no larger number is stable.
        k_max: largest number of clusters that is tried.
        min_size: smallest number of members of a reported cluster.
        min_stability: mean Jaccard index under subsampling that each cluster must reach, 0 to 1.
        n_draws: largest number of subsamples that judge a partition; four more propose partitions.
        share: share of the entities in a subsample, 0 to 1.
        seed: seed of everything random.
        min_v: absolute v-test above which a row is evidence.
        max_rows: evidence rows on each side, over- and under-represented.
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
        """Check the values.

        Raises:
            ClusteringError: `CA-300` if a value is out of range.
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
