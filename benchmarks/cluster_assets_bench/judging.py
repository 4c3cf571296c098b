"""How good the configured judge is at faults of meaning, which code cannot see.

The same faulty texts and their clean twins as in the benchmark of truth go to the judge through the
usual prompt, limiter and retries. The first round gives the shares; later ones tell how often the
judge contradicts itself. Nothing is held to a figure: the model is the user's choice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cluster_assets.batch.asking import Seat
from cluster_assets.batch.progress import Usage
from cluster_assets.batch.questions import new_nonce
from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.summary.judge import (
    Judgement,
    judge_messages,
    judge_prompt_version,
    judge_wire_schema,
    parse_judgement,
)
from cluster_assets.core.summary.reading import validate_summary
from cluster_assets.core.summary.schema import Summary
from cluster_assets.errors import ItemFailed
from cluster_assets.llm.breaker import Breaker
from cluster_assets.llm.clients import close_clients
from cluster_assets.llm.model import OFFLINE_MODEL, Message, ModelRequest
from cluster_assets.llm.preflight import require_key
from cluster_assets.llm.replies import InvalidReply
from cluster_assets.llm.retry import AttemptRecord, RetryBudget, RetryPolicy, ask
from cluster_assets_bench.faults import FAULTS, World, make_faults
from cluster_assets_bench.proportions import Share

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation

CASES = (
    12  # for each class; 5 classes, twins and rounds make 240 requests, 8 minutes at 30 a minute
)
ROUNDS = 2
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A text to judge: its summary and packet, and the refs of what is wrong in it."""

    summary: Summary
    packet: EvidencePacket
    faulty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JudgeMeasure:
    """What a judge came to.

    Attributes:
        model: its name.
        prompt_version: of its prompt.
        detected: faulty items that it objects to.
        false_alarms: items of clean twins that it objects to.
        alarmed_texts: clean twins with at least one such item.
        flips: labelled items on which the rounds disagree.
        unanswered: texts without a usable reply, of all that were sent.
        usage: requests, tokens and cost.
    """

    model: str
    prompt_version: str
    detected: Share
    false_alarms: Share
    alarmed_texts: Share
    flips: Share
    unanswered: Share
    usage: Usage

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the shares of faulty and of clean items that are labelled rightly."""
        return (self.detected.value + 1 - self.false_alarms.value) / 2

    @property
    def shares(self) -> Mapping[str, Share]:
        """The shares by what a reader calls them."""
        return {
            "faults found": self.detected,
            "clean items objected to": self.false_alarms,
            "clean texts objected to": self.alarmed_texts,
            "labels that flip": self.flips,
            "no usable reply": self.unanswered,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "model": self.model,
            "prompt_version": self.prompt_version,
            "balanced_accuracy": self.balanced_accuracy,
            **{name.replace(" ", "_"): share.to_dict() for name, share in self.shares.items()},
            "requests": self.usage.requests,
            "tokens_in": self.usage.tokens_in,
            "tokens_out": self.usage.tokens_out,
            "cost_usd": self.usage.cost_usd,
        }


def judge_seat(installation: Installation) -> Seat | None:
    """Return the configured judge, None when no model is set; a missing key is found here.

    Raises:
        Abort: `CA-402`, the key is missing.
        SettingsError: `CA-110`, the model is named without its provider.
    """
    endpoint = installation.endpoint("judge")
    if endpoint is None or endpoint.model == OFFLINE_MODEL:
        return None
    model, api_base = endpoint.model, endpoint.api_base
    require_key(model, api_base, "judge")
    limiter = installation.limiter(model, api_base, "bench judge")
    return Seat(installation.client(model, api_base), limiter, Breaker())


def make_items(world: World, n_cases: int = CASES) -> list[tuple[Item, Item]]:
    """Return faulty texts with their clean twins, by a fixed seed."""
    return [
        (
            _item(fault.summary, fault.packet or clean.packet, fault.refs),
            _item(clean.summary, clean.packet),
        )
        for kind in FAULTS.values()
        if kind.group == "meaning"
        for clean, fault in make_faults(kind, world, n_cases)
    ]


def _item(summary: object, packet: EvidencePacket, faulty: tuple[str, ...] = ()) -> Item:
    parsed = validate_summary(summary, packet.cluster_type).value
    if parsed is None:  # faults of meaning keep the form
        raise ValueError(f"a text on `{packet.name}` does not have the form of a summary")
    return Item(parsed, packet, frozenset(faulty))


def measure_judge(
    seat: Seat, items: list[tuple[Item, Item]], policy: RetryPolicy, rounds: int = ROUNDS
) -> JudgeMeasure:
    """Have the judge label every text in each round.

    Raises:
        Abort: no request can succeed.
    """
    return asyncio.run(_measure(seat, items, policy, rounds))


async def _measure(
    seat: Seat, pairs: list[tuple[Item, Item]], policy: RetryPolicy, rounds: int
) -> JudgeMeasure:
    items = [item for pair in pairs for item in pair]
    examiner = _Examiner(seat, policy)
    try:
        answers = [await examiner.label(items) for _ in range(rounds)]
    finally:
        await close_clients()
    first = list(zip(items, answers[0], strict=True))
    clean = [found for item, found in first if not item.faulty and found is not None]
    return JudgeMeasure(
        model=seat.client.model,
        prompt_version=judge_prompt_version(),
        detected=Share(*_count(_detected(first))),
        false_alarms=Share(*_count(bad for found in clean for bad in found.values())),
        alarmed_texts=Share(*_count(any(found.values()) for found in clean)),
        flips=Share(*_count(_flips(answers))),
        unanswered=Share(*_count(found is None for answer in answers for found in answer)),
        usage=examiner.usage,
    )


Objections = Mapping[str, bool]  # by ref, whether the judge objects


class _Examiner:
    def __init__(self, seat: Seat, policy: RetryPolicy) -> None:
        self._seat = seat
        self._policy = policy
        self._places = asyncio.Semaphore(_AT_ONCE)
        self.usage = Usage()

    async def label(self, items: list[Item]) -> list[Objections | None]:
        """Return what the judge objects to in each text, None where it gave no usable reply.

        Raises:
            Abort: no request can succeed; the other texts are cancelled.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(item)) for item in items]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _one(self, item: Item) -> Objections | None:
        prompt = judge_messages(item.summary, item.packet, nonce=new_nonce())
        request = ModelRequest(
            purpose="judge",
            cluster_hash=item.packet.cluster_hash,
            messages=tuple(Message(role, content) for role, content in prompt),
            wire_schema=judge_wire_schema(),
            schema_name="judgement",
        )
        try:
            async with self._places:
                judgement = await ask(
                    self._seat.client,
                    request,
                    limiter=self._seat.limiter,
                    policy=self._policy,
                    budget=RetryBudget(self._policy.max_retries),
                    breaker=self._seat.breaker,
                    parse=partial(_parse, item),
                    on_attempt=self._count,
                )
        except ItemFailed:
            return None
        return {ref: not label.is_clean for ref, label in judgement.labels.items()}

    def _count(self, attempt: AttemptRecord) -> None:
        tokens = (attempt.tokens_in or 0, attempt.tokens_out or 0)
        self.usage = self.usage.plus(Usage(1, *tokens, attempt.cost_usd))


def _parse(item: Item, text: str) -> Judgement:
    parsed = parse_judgement(text, item.summary, item.packet)
    if parsed.value is None:
        raise InvalidReply([f"{f.ref}: {f.allowed}" for f in parsed.findings])
    return parsed.value


def _detected(answers: list[tuple[Item, Objections | None]]) -> Iterator[bool]:
    """Tell for each faulty item whether the judge objects; without a label it does not."""
    for item, found in answers:
        if found is not None:
            yield from (found.get(ref, False) for ref in item.faulty)


def _flips(answers: list[list[Objections | None]]) -> Iterator[bool]:
    """Tell for each item that every round labelled whether the rounds disagree."""
    for rounds in zip(*answers, strict=True):
        labelled = [found for found in rounds if found is not None]
        if len(labelled) == len(rounds) > 1:
            for ref in set.intersection(*(set(found) for found in labelled)):
                yield len({found[ref] for found in labelled}) > 1


def _count(hits: Iterator[bool]) -> tuple[int, int]:
    counted = list(hits)
    return sum(counted), len(counted)
