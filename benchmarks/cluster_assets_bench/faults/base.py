"""What a seeded fault is: a true summary with one thing made wrong; and when it was stopped."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, Literal

from cluster_assets.core.models import ClusterType, EvidencePacket, EvidenceRow
from cluster_assets.core.summary.caveats import required_caveats
from cluster_assets.core.summary.checks.report import CheckReport
from cluster_assets.core.summary.checks.words import content_words, normalise
from cluster_assets.core.summary.confidence import LEVELS, derive_confidence
from cluster_assets_bench.material import Material

Effect = Literal["item", "whole", "caveats", "confidence", "low"]
Group = Literal[
    "genes", "terms", "swap", "direction", "numbers", "claims", "form", "injection", "meaning"
]


@dataclass(frozen=True, slots=True)
class Clean:
    """A true summary to start from."""

    packet: EvidencePacket
    summary: dict[str, Any]
    form: str

    @property
    def functional(self) -> bool:
        """Whether the members are genes."""
        return self.packet.cluster_type == "functional"

    def rows(self, index: int = 0) -> list[EvidenceRow]:
        """Return the rows that a claim cites."""
        cited = self.summary["claims"][index]["evidence"]
        return [row for row in self.packet.rows if row.id in cited]


@dataclass(frozen=True, slots=True)
class Fault:
    """A summary with a fault.

    Attributes:
        summary: what is checked.
        refs: the items that are wrong; all of them must go.
        effect: what must happen: the items go, the whole is rejected, code repairs it, or the text
            is marked as low.
        packet: where the packet was changed too.
        siblings: for texts that copy another cluster's.
        payload: words that must not reach a reader.
    """

    summary: dict[str, Any]
    refs: tuple[str, ...] = ()
    effect: Effect = "item"
    packet: EvidencePacket | None = None
    siblings: tuple[str, ...] = ()
    payload: str = ""


@dataclass(frozen=True)
class World:
    """What faults draw from, beside the summary itself.

    Attributes:
        material: packets and words.
        cleans: other true summaries, to swap with.
    """

    material: Material
    cleans: Sequence[Clean] = field(repr=False)

    @cached_property
    def labels(self) -> list[tuple[str, str]]:
        """Official terms of two words or more, or one long word: id and label."""
        return [
            (term, label)
            for term, label in sorted(self.material.vocabulary.labels.items())
            if 10 <= len(label) <= 60 and "," not in label and "(" not in label
        ]

    @cached_property
    def symbols(self) -> list[str]:
        """Approved gene symbols that nothing else is called."""
        return [
            s
            for s in sorted(self.material.vocabulary.symbols)
            if s.isalnum() and len(s) >= 4 and s.isupper()
        ]

    @cached_property
    def by_word(self) -> Mapping[str, list[tuple[str, str]]]:
        """Official terms by the words that carry their meaning."""
        index: dict[str, list[tuple[str, str]]] = {}
        for term, label in self.labels:
            for word in content_words(label):
                index.setdefault(word, []).append((term, label))
        return index

    def foreign_gene(self, clean: Clean, rng: Random) -> str:
        """Return a gene that has nothing to do with the cluster."""
        known = {m.label for m in clean.packet.members} | {
            g for r in clean.packet.rows for g in r.genes
        }
        text = " ".join(row.label for row in clean.packet.rows)
        return next(
            s
            for s in iter(lambda: rng.choice(self.symbols), None)
            if s not in known and s not in text
        )

    def foreign_term(self, clean: Clean, rng: Random) -> tuple[str, str]:
        """Return an official term that no word of the cluster's rows speaks of."""
        words = {word for row in clean.packet.rows for word in content_words(row.label)}
        prefix = "GO:" if clean.functional else "HP:"
        while True:
            term, label = rng.choice(self.labels)
            is_own = term.startswith(prefix) or (clean.functional and term.startswith("R-HSA"))
            if (is_own or clean.functional) and not content_words(label) & words:
                return term, label

    def neighbour(self, row: EvidenceRow, clean: Clean, rng: Random) -> tuple[str, str] | None:
        """Return another official term that shares a word with a row, and says something else."""
        own = {normalise(one.label) for one in clean.packet.rows}
        known = content_words(row.label)
        shared = [
            (term, label)
            for word in known
            for term, label in self.by_word.get(word, ())
            if content_words(label) - known and not any(normalise(label) in one for one in own)
        ]
        return rng.choice(sorted(set(shared))) if shared else None


@dataclass(frozen=True, slots=True)
class Draw:
    """What a fault is made from: a true summary, the world around it, and seeded chance."""

    clean: Clean
    world: World
    rng: Random


Maker = Callable[[Draw], Fault | None]


@dataclass(frozen=True, slots=True)
class FaultClass:
    """A kind of fault: its name, its group, the types it applies to, and how it is made."""

    name: str
    group: Group
    types: tuple[ClusterType, ...]
    make: Maker


SEED = 20260301
REGISTRY: dict[str, FaultClass] = {}
BOTH: tuple[ClusterType, ...] = ("functional", "phenotype")


def fault(group: Group, types: tuple[ClusterType, ...] = BOTH) -> Callable[[Maker], Maker]:
    """Register a maker under its own name; it returns None where the material does not allow it."""

    def register(make: Maker) -> Maker:
        name = make.__name__
        REGISTRY[name] = FaultClass(name, group, types, make)
        return make

    return register


def edited(clean: Clean, path: str, value: object) -> dict[str, Any]:
    """Return the summary with one place changed, e.g. `claims.0.text`."""
    summary = copy.deepcopy(clean.summary)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    target: Any = summary
    for step in steps:
        target = target[step]
    target[last] = value
    return summary


def reworded(clean: Clean, text: str, index: int = 0) -> Fault:
    """Return the fault that a claim now reads differently."""
    return Fault(edited(clean, f"claims.{index}.text", text), (f"claim.{index + 1}",))


def added(clean: Clean, words: str, index: int = 0) -> Fault | None:
    """Return the fault that a claim has further words at its end."""
    text = clean.summary["claims"][index]["text"].rstrip(".") + f"{words}."
    return reworded(clean, text, index) if len(text) <= 320 else None


def make_faults(kind: FaultClass, world: World, n_cases: int) -> Iterator[tuple[Clean, Fault]]:
    """Yield up to so many faults of a class, spread over clusters and forms by a fixed seed."""
    rng = Random(f"{SEED} {kind.name}")
    fitting = [clean for clean in world.cleans if clean.packet.cluster_type in kind.types]
    rng.shuffle(fitting)
    made = 0
    for clean in fitting:
        fault = kind.make(Draw(clean, world, rng))
        if fault is not None:
            yield clean, fault
            made += 1
        if made == n_cases:
            return


def is_stopped(report: CheckReport, fault: Fault, packet: EvidencePacket) -> bool:
    """Tell whether a reader is spared the fault."""
    if not report.publishable or report.summary is None:
        return True
    if fault.effect == "caveats":
        return set(required_caveats(packet)) <= set(report.summary.caveats)
    if fault.effect == "confidence":
        derived = derive_confidence(packet).level
        return LEVELS.index(report.summary.confidence) <= LEVELS.index(derived)
    if fault.effect == "low":
        return bool({"D15", "D17"} & set(report.codes))
    return fault.effect == "item" and set(fault.refs) <= set(report.pruned_refs)
