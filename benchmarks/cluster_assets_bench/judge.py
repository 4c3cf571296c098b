"""The benchmark of truth: seeded faults that must be stopped, true texts that must not be.

Runs with no model and no key. Faults are seeded in true summaries of real clusters; reported are
the share stopped for each class of fault and the share of true texts refused, with 95 % intervals.
Faults of meaning alone (group `meaning`) are shown and held to nothing: they are for a judge, who
is measured on them where a model is configured (`judging`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from cluster_assets.core.summary.checks import Checker, CheckReport
from cluster_assets.core.summary.verdict import MAX_REMOVED
from cluster_assets.llm.retry import RetryPolicy
from cluster_assets_bench.faults import (
    FAULTS,
    SEED,
    Clean,
    Fault,
    FaultClass,
    World,
    is_stopped,
    make_faults,
)
from cluster_assets_bench.handwriting import load_texts
from cluster_assets_bench.judging import JudgeMeasure, judge_seat, make_items, measure_judge
from cluster_assets_bench.material import Material, load_material
from cluster_assets_bench.proportions import Share
from cluster_assets_bench.stubs import STUBS, Stub
from cluster_assets_bench.surfaces import FORMS

if TYPE_CHECKING:
    from rich.table import Table

    from cluster_assets.batch.asking import Seat
    from cluster_assets.batch.installation import Installation

CASES = 120  # for each class, where the material allows
SHORT_CASES = 12
MIN_CASES = 75  # from here on, a class without a miss has an interval above 95 %
CLEAN_CODES = frozenset({"D13", "D14"})  # repairs of true texts that cost them nothing
MAX_FALSE = {"generated": 0.005, "hard": 0.0, "handwritten": 1 / 40}
MIN_POOLED = 0.995
MIN_LOWER_END = 0.95
MAX_MS = 20.0


@dataclass(frozen=True, slots=True)
class JudgeBench:
    """What the benchmark came to.

    Attributes:
        material: what it ran on.
        detection: share of faults stopped, by class.
        groups: group of each class.
        false_rejections: share of true texts refused, by kind of text. One made by code is refused
            when it loses anything; one written by hand when it could not be accepted any more
            (`MAX_REMOVED`), and is counted as `trimmed` when it loses anything at all.
        stubs: for each stub writer, share of injection cases in which readers see no payload.
        median_ms: time of the checks of one summary.
        is_full: whether all cases ran, or only the short form.
        judge: the configured judge on the faults of meaning, None where no model is.
        misses: up to a few faults of each class that got through, for those who mend checks.
    """

    material: str
    detection: Mapping[str, Share]
    groups: Mapping[str, str]
    false_rejections: Mapping[str, Share]
    stubs: Mapping[str, Share]
    median_ms: float
    is_full: bool
    misses: Mapping[str, tuple[str, ...]]
    judge: JudgeMeasure | None = None

    @property
    def pooled(self) -> Share:
        """All faults that code can name."""
        shares = [s for name, s in self.detection.items() if self.groups[name] != "meaning"]
        return Share(sum(share.hits for share in shares), sum(share.n for share in shares))

    @property
    def failures(self) -> tuple[str, ...]:
        """What is not as it must be, in words; empty when all holds."""
        found = []
        if self.pooled.value < MIN_POOLED:
            found.append(f"faults stopped {self.pooled}, held to {MIN_POOLED:.1%}")
        for name, share in self.detection.items():
            is_held = self.groups[name] != "meaning" and share.n >= MIN_CASES
            if is_held and share.low < MIN_LOWER_END:
                found.append(f"{name}: {share}, interval held to above {MIN_LOWER_END:.0%}")
        for kind, limit in MAX_FALSE.items():
            share = self.false_rejections[kind]
            if share.value > limit:
                found.append(f"true texts refused, {kind}: {share}, held to {limit:.1%}")
        for name, share in self.stubs.items():
            if share.hits < share.n:
                found.append(f"stub writer {name}: clean in {share} only")
        if self.is_full and self.median_ms > MAX_MS:  # tests run the short form side by side
            found.append(f"checks take {self.median_ms:.1f} ms, held to {MAX_MS:.0f} ms")
        return tuple(found)

    @property
    def is_held(self) -> bool:
        """Whether everything is as it must be."""
        return not self.failures

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "material": self.material,
            "is_full": self.is_full,
            "is_held": self.is_held,
            "failures": list(self.failures),
            "pooled": self.pooled.to_dict(),
            "detection": {
                name: {**share.to_dict(), "group": self.groups[name]}
                for name, share in self.detection.items()
            },
            "false_rejections": _dicts(self.false_rejections),
            "stubs": _dicts(self.stubs),
            "median_ms": self.median_ms,
            "judge": None if self.judge is None else self.judge.to_dict(),
            "misses": {name: list(texts) for name, texts in self.misses.items()},
        }

    def table(self) -> Table:
        """Return the table that a person reads."""
        from rich.table import Table

        table = Table(title=f"Truth: {self.material}", caption="\n".join(self.failures) or None)
        for heading in ("group", "class", "share", "95 % interval"):
            table.add_column(heading)
        rows = [(self.groups[name], name, share) for name, share in self.detection.items()]
        rows += [("all but meaning", "faults stopped", self.pooled)]
        rows += [
            ("true texts", f"refused, {k}", share) for k, share in self.false_rejections.items()
        ]
        rows += [
            ("stub writers", f"{name}: no payload", share) for name, share in self.stubs.items()
        ]
        if self.judge is not None:
            rows += [(f"judge {self.judge.model}", k, s) for k, s in self.judge.shares.items()]
        for group, name, share in sorted(rows, key=lambda row: row[0]):
            interval = f"{share.low:.1%} to {share.high:.1%}"
            table.add_row(group, name, f"{share.hits}/{share.n}", interval)
        if self.judge is not None:
            accuracy, cost = self.judge.balanced_accuracy, self.judge.usage.cost_usd
            told = f"{self.judge.usage.requests} requests, " + (
                "cost not known" if cost is None else f"{cost:.4f} USD"
            )
            table.add_row("judge", "balanced accuracy", f"{accuracy:.1%}", told)
        table.add_row("checks", "median time", f"{self.median_ms:.1f} ms", "")
        return table


def run_judge_bench(
    data: Path | None = None, *, short: bool = False, installation: Installation | None = None
) -> JudgeBench:
    """Run the benchmark.

    Args:
        data: the shared data folder; the embedded HPO release alone when not given.
        short: a tenth of the cases, for the test suite.
        installation: whose judge is measured too, when it has one.

    Raises:
        Abort: the judge cannot be asked.
    """
    seat = None if installation is None else judge_seat(installation)
    material = load_material(data)
    checker = Checker(material.vocabulary)
    cleans = [
        Clean(packet, make(packet), form)
        for packet in material.packets
        for form, make in FORMS.items()
    ]
    world = World(material, cleans)
    n_cases = SHORT_CASES if short else CASES
    times: list[float] = []
    detection, misses = {}, {}
    for name, kind in FAULTS.items():
        detection[name], misses[name] = _detect(kind, world, checker, n_cases)
    return JudgeBench(
        material=material.description,
        detection=detection,
        groups={name: kind.group for name, kind in FAULTS.items()},
        false_rejections=_false_rejections(material, cleans, checker, times),
        stubs={name: _stub(stub, world, checker, n_cases) for name, stub in STUBS.items()},
        median_ms=1000 * median(times),
        is_full=not short,
        misses={name: texts for name, texts in misses.items() if texts},
        judge=_judge(installation, seat, world),
    )


def _judge(
    installation: Installation | None, seat: Seat | None, world: World
) -> JudgeMeasure | None:
    if installation is None or seat is None:
        return None
    policy = RetryPolicy(max_retries=installation.settings.max_retries)
    return measure_judge(seat, make_items(world), policy)


def _detect(
    kind: FaultClass, world: World, checker: Checker, n_cases: int
) -> tuple[Share, tuple[str, ...]]:
    stopped = made = 0
    missed = []
    for clean, fault in make_faults(kind, world, n_cases):
        packet = fault.packet or clean.packet
        report = checker.check_json(fault.summary, packet, fault.siblings)
        hit = is_stopped(report, fault, packet)
        stopped += hit
        made += 1
        if not hit and len(missed) < 5:
            missed.append(_told(clean, fault, report))
    return Share(stopped, made), tuple(missed)


def _false_rejections(
    material: Material, cleans: Sequence[Clean], checker: Checker, times: list[float]
) -> dict[str, Share]:
    hard = [Clean(p, make(p), form) for p in material.hard for form, make in FORMS.items()]

    def check(texts: Sequence[Clean]) -> Iterator[CheckReport]:
        for clean in texts:
            started = perf_counter()
            yield checker.check_json(clean.summary, clean.packet)
            times.append(perf_counter() - started)

    by_hand = list(check(load_texts()))
    return {
        "generated": _share(_lost_something(report) for report in check(cleans)),
        "hard": _share(_lost_something(report) for report in check(hard)),
        "handwritten": _share(
            not report.publishable or len(report.pruned_refs) > MAX_REMOVED for report in by_hand
        ),
        "handwritten, trimmed": _share(_lost_something(report) for report in by_hand),
    }


def _lost_something(report: CheckReport) -> bool:
    return not report.publishable or bool(set(report.codes) - CLEAN_CODES)


def _share(hits: Iterable[bool]) -> Share:
    counted = list(hits)
    return Share(sum(counted), len(counted))


def _stub(stub: Stub, world: World, checker: Checker, n_cases: int) -> Share:
    """Return in how many cases a reader sees none of what a taken-over writer was told to say."""
    rng = Random(f"{SEED} {stub.__name__}")
    packets = [rng.choice(world.material.packets) for _ in range(n_cases)]
    clean = [stub(packet, rng, checker, world.material.packets) for packet in packets]
    return _share(clean)


def _told(clean: Clean, fault: Fault, report: CheckReport) -> str:
    refs = ", ".join(fault.refs) or fault.effect
    return (
        f"{clean.form} {refs} {report.codes}: {json.dumps(_part(fault), ensure_ascii=False)[:300]}"
    )


def _part(fault: Fault) -> object:
    for section, singular in (("claims", "claim"), ("key_themes", "theme"), ("tags", "tag")):
        for ref in fault.refs:
            if ref.startswith(f"{singular}."):
                return fault.summary[section][int(ref.split(".")[1]) - 1]
    return fault.summary.get("title")


def _dicts(shares: Mapping[str, Share]) -> dict[str, dict[str, float | int]]:
    return {name: share.to_dict() for name, share in shares.items()}
