"""Names of clusters: short, based on the strongest theme, unique within a clustering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cluster_assets.core.labels import capital
from cluster_assets.core.models import ClusterType

MAX_THEME = 60  # characters above which a shorter theme is preferred
MAX_HEAD = 120  # characters of the first theme, so that a whole name has at most 200
NOUNS: dict[ClusterType, str] = {"functional": "genes", "phenotype": "entities"}
NO_THEME = "Nothing in common"


def name_clusters(
    themes: Sequence[Sequence[str]], sizes: Sequence[int], cluster_type: ClusterType
) -> list[str]:
    """Return one name per cluster, e.g. `Ion channel transport (41 genes)`.

    A cluster is named after its strongest theme. Clusters that share it each add their next theme
    that the others do not have, or a number if there is none.

    Args:
        themes: labels of each cluster, strongest first.
        sizes: number of members of each cluster.
        cluster_type: determines what the members are called.
    """
    heads = [_head(labels) for labels in themes]
    shared = Counter(heads)
    taken: Counter[str] = Counter()
    names: list[str] = []
    for index, head in enumerate(heads):
        rivals = [themes[i] for i in range(len(heads)) if i != index and heads[i] == head]
        text = head if shared[head] == 1 else _distinguish(head, themes[index], rivals)
        taken[text] += 1
        if taken[text] > 1:
            text = f"{text}, {taken[text]}"
        names.append(f"{text} ({sizes[index]} {NOUNS[cluster_type]})")
    return names


def _head(labels: Sequence[str]) -> str:
    short = [label for label in labels if len(label) <= MAX_THEME]
    head = (short or list(labels) or [NO_THEME])[0]
    return capital(head if len(head) <= MAX_HEAD else head[: MAX_HEAD - 1].rstrip() + "…")


def _distinguish(head: str, own: Sequence[str], rivals: Sequence[Sequence[str]]) -> str:
    known = {label for labels in rivals for label in labels}
    for label in own:
        if label not in known and capital(label) != head and len(label) <= MAX_THEME:
            return f"{head}, {label if label[1:2].isupper() else label[:1].lower() + label[1:]}"
    return head
