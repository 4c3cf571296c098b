"""What differs between two saved runs over the panel: verdicts, claims, versions.

A report for a person, not a gate. It reads two files and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster_assets.errors import InputError
from cluster_assets_bench.panel import PanelRun

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between two runs over the panel.

    Attributes:
        n_clusters: of the panel.
        versions: before and after, for what is not the same.
        verdicts: number of clusters by verdict before and after, also where it is the same.
        clusters: by cluster hash, what is not the same: fields before and after, claims that are
            gone and that are new.
    """

    n_clusters: int
    versions: Mapping[str, tuple[Any, Any]]
    verdicts: Mapping[tuple[str, str], int]
    clusters: Mapping[str, Mapping[str, Any]]

    is_held = True  # a report, not a gate

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "n_clusters": self.n_clusters,
            "versions": {name: list(pair) for name, pair in self.versions.items()},
            "verdicts": [
                {"before": before, "after": after, "clusters": n}
                for (before, after), n in sorted(self.verdicts.items())
            ],
            "clusters": self.clusters,
        }

    def table(self) -> Table:
        """Return a row for each cluster that is not the same, claims below one another."""
        from rich.table import Table
        from rich.text import Text

        changed = [f"{name}: {old} -> {new}" for name, (old, new) in self.versions.items()]
        title = f"Drift: {len(self.clusters)} of {self.n_clusters} clusters differ"
        table = Table(title=title, caption="\n".join(changed) or "same models and prompts")
        for heading in ("cluster", "verdict", "gone (-) and new (+) claims"):
            table.add_column(heading)
        for cluster_hash, change in self.clusters.items():
            old, new = change["verdict"]
            claims = [f"- {text}" for text in change["claims_gone"]]
            claims += [f"+ {text}" for text in change["claims_new"]]
            verdict = old if old == new else f"{old} -> {new}"
            table.add_row(cluster_hash[:12], verdict, Text("\n".join(claims)))
        return table


def compare_runs(before: PanelRun, after: PanelRun) -> Drift:
    """Say what differs.

    Raises:
        InputError: `CA-208` when the runs are not over the same evidence.
    """
    if before.panel != after.panel:
        raise InputError("CA-208", "the two runs are not over the same panel; make both again")
    pairs = {key: (old, after.clusters[key]) for key, old in before.clusters.items()}
    return Drift(
        n_clusters=len(pairs),
        versions={
            name: (before.versions.get(name), after.versions.get(name))
            for name in sorted({*before.versions, *after.versions})
            if before.versions.get(name) != after.versions.get(name)
        },
        verdicts=Counter((old["verdict"], new["verdict"]) for old, new in pairs.values()),
        clusters={key: _change(old, new) for key, (old, new) in pairs.items() if old != new},
    )


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a cluster is not the same; the verdict always."""
    told = {key: [old.get(key), new.get(key)] for key in sorted({*old, *new} - {"claims"})}
    texts = [[claim["text"] for claim in run["claims"]] for run in (old, new)]
    return {
        **{key: pair for key, pair in told.items() if pair[0] != pair[1]},
        "verdict": told["verdict"],
        "claims_gone": [text for text in texts[0] if text not in texts[1]],
        "claims_new": [text for text in texts[1] if text not in texts[0]],
    }
