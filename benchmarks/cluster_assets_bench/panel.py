"""A fixed panel of clusters, written and judged as in a batch; `drift` compares two runs.

For those who change a model or a prompt and ask what readers would see. The clusters are those of
the texts written by hand, frozen in the package. A run works on a store of its own that is thrown
away: only the rate limit is shared, and what is served stays as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cluster_assets.batch.installation import Installation
from cluster_assets.batch.progress import NoProgress, Progress
from cluster_assets.core.identity import canonical_json, sha256_hex
from cluster_assets.core.models import CLUSTER_TYPES, Cluster, Clustering, EvidencePacket
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.judge import judge_prompt_version
from cluster_assets.core.summary.prompts import writer_prompt_version
from cluster_assets.errors import InputError
from cluster_assets_bench.handwriting import load_texts

if TYPE_CHECKING:
    from rich.table import Table

    from cluster_assets.batch.scheduling import Outcome
    from cluster_assets.llm.limiter import RateLimiter
    from cluster_assets.llm.model import ModelClient
    from cluster_assets.store.repository import Store

N_EACH = 10
FORMAT = "cluster-assets panel 1"


@dataclass(frozen=True, slots=True)
class PanelRun:
    """One run over the panel.

    Attributes:
        panel: hash of the evidence; runs with the same one can be compared.
        versions: models and prompt versions.
        clusters: by cluster hash: verdict, claims and what was removed, JSON values.
        usage: requests, tokens, cost.
    """

    panel: str
    versions: Mapping[str, Any]
    clusters: Mapping[str, Mapping[str, Any]]
    usage: Mapping[str, Any]

    is_held = True  # nothing is held to a figure

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "format": FORMAT,
            "panel": self.panel,
            "versions": self.versions,
            "usage": self.usage,
            "clusters": self.clusters,
        }

    def table(self) -> Table:
        """Return the verdicts by type."""
        from rich.table import Table

        models = f"{self.versions['model']}, judged by {self.versions['judge_model']}"
        table = Table(title=f"Panel of {len(self.clusters)} clusters: {models}")
        for heading in ("type", "verdict", "clusters"):
            table.add_column(heading)
        counted = Counter((c["cluster_type"], c["verdict"]) for c in self.clusters.values())
        for (cluster_type, verdict), n_clusters in sorted(counted.items()):
            table.add_row(cluster_type, verdict, str(n_clusters))
        return table


def panel_packets() -> list[EvidencePacket]:
    """Return the panel: the first clusters of each type among the texts written by hand."""
    packets = [text.packet for text in load_texts()]
    return [
        packet
        for cluster_type in CLUSTER_TYPES
        for packet in [p for p in packets if p.cluster_type == cluster_type][:N_EACH]
    ]


def run_panel(
    installation: Installation, path: Path, packets: Sequence[EvidencePacket] | None = None
) -> PanelRun:
    """Write and judge the panel with the configured models and prompts, and save the run.

    Raises:
        Abort: no request can succeed; nothing is saved.
        SettingsError: the models do not fit each other.
        InputError: `CA-208`, there is no such folder; nothing is asked.
    """
    if not path.parent.is_dir():
        raise InputError(
            "CA-208", f"`{path}` cannot be written: there is no folder `{path.parent}`"
        )
    from cluster_assets.batch.runner import run_batch
    from cluster_assets.store.connecting import default_url, open_engine
    from cluster_assets.store.repository import Store

    chosen = panel_packets() if packets is None else packets
    outcomes: list[Outcome] = []
    with TemporaryDirectory(prefix="panel-") as folder:
        engine = open_engine(default_url(Path(folder)))
        try:
            trial = _Trial(installation, Store(engine))
            for clustering in _clusterings(chosen):
                trial.store.save_clustering(clustering, run_id=None, now=trial.now())
            progress = run_batch(
                trial,
                [packet.cluster_hash for packet in chosen],
                clustering_id=None,
                batch_id="panel",
                sink=NoProgress(),
                on_start=lambda _: None,
                on_outcome=outcomes.append,
            )
        finally:
            engine.dispose()
    panel = sha256_hex(canonical_json(sorted(packet_sha256(packet) for packet in chosen)))
    run = _run(installation, panel, outcomes, progress)
    path.write_text(json.dumps(run.to_dict(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return run


def load_run(path: Path) -> PanelRun:
    """Read a saved run.

    Raises:
        InputError: `CA-208` when the file is no saved run.
    """
    try:
        value = json.loads(path.read_text("utf-8"))
        if value["format"] == FORMAT:
            return PanelRun(value["panel"], value["versions"], value["clusters"], value["usage"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("CA-208", f"`{path}` cannot be read as a run: {error!r}") from None
    raise InputError("CA-208", f"`{path}` is no run of this version; make it again with --panel")


class _Trial(Installation):
    """A installation on a store of its own, with the models and under the rate limit of another."""

    def __init__(self, real: Installation, store: Store) -> None:
        super().__init__(real.settings, store, real.now)
        self._real = real

    def client(self, model: str, api_base: str | None) -> ModelClient:
        return self._real.client(model, api_base)

    def limiter(self, model: str, api_base: str | None, owner: str) -> RateLimiter:
        return self._real.limiter(model, api_base, owner)


def _clusterings(packets: Sequence[EvidencePacket]) -> list[Clustering]:
    """Return the packets as a clustering of each type, as a batch takes them."""
    found = []
    for cluster_type in CLUSTER_TYPES:
        clusters = tuple(
            Cluster(packet.cluster_hash, packet.name, packet.members, packet)
            for packet in packets
            if packet.cluster_type == cluster_type
        )
        found.append(
            Clustering(
                type=cluster_type,
                clustering_id=f"panel-{cluster_type}",
                fingerprint="panel",
                clusters=clusters,
                n_members=sum(len(cluster.members) for cluster in clusters),
                unclustered=(),
                params={},
                quality={},
                releases={},
            )
        )
    return found


def _run(
    installation: Installation, panel: str, outcomes: Sequence[Outcome], progress: Progress
) -> PanelRun:
    settings, usage = installation.settings, progress.usage
    return PanelRun(
        panel=panel,
        versions={
            "package": version("cluster-assets"),
            "model": settings.model,
            "judge_model": settings.effective_judge_model,
            "fallback_model": settings.fallback_model,
            "judge_prompt": judge_prompt_version(),
            **{f"{kind}_prompt": writer_prompt_version(kind) for kind in CLUSTER_TYPES},
        },
        clusters={
            outcome.cluster.cluster_hash: _cluster(outcome)
            for outcome in sorted(outcomes, key=lambda outcome: outcome.cluster.cluster_hash)
        },
        usage={
            "requests": usage.requests,
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "cost_usd": usage.cost_usd,
        },
    )


def _cluster(outcome: Outcome) -> dict[str, Any]:
    """Return what a reader would see of a cluster, and how it came about."""
    packet, summary = outcome.cluster.packet, outcome.summary
    told: dict[str, Any] = {
        "name": outcome.cluster.name,
        "cluster_type": packet.cluster_type,
        "packet_sha256": packet_sha256(packet),
        "outcome": outcome.kind,
        "attempts": outcome.n_attempts,
        "error": outcome.error,
        "verdict": "none",
        "claims": [],
    }
    if summary is not None:
        claims: Any = summary.summary_json["claims"]
        told |= {
            "verdict": summary.verdict,
            "reasons": list(summary.reasons),
            "confidence": summary.confidence,
            "source": summary.source,
            "title": summary.title,
            "claims": [{"text": c["text"], "evidence": c["evidence"]} for c in claims],
            "codes": list(summary.record.codes),
            "removed_by_checks": list(summary.record.removed_by_checks),
            "removed_by_judge": list(summary.record.removed_by_judge),
        }
    return told
