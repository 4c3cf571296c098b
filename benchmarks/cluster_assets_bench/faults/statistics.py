"""Faults about directions and numbers."""

from __future__ import annotations

from random import Random

from cluster_assets.core.models import EvidenceRow
from cluster_assets.core.summary.checks.whole import strength
from cluster_assets.core.summary.tokens import format_number
from cluster_assets_bench.faults.base import Clean, Draw, Fault, edited, fault, reworded

FUNCTIONAL = ("functional",)
PHENOTYPE = ("phenotype",)
_LESS = (
    "{} is recorded less often here than elsewhere.",
    "{} is under-represented in this cluster of entities.",
    "{} is rarely recorded among the entities here.",
    "{} is largely absent from the entities of this cluster.",
    "{} is depleted in this cluster of entities.",
    "The entities seldom have {} on record here.",
    "{} is not a frequent feature of these entities.",
    "{} is not enriched among the entities here.",
)
_MORE = (
    "{} is recorded more often here than elsewhere.",
    "{} is over-represented in this cluster of entities.",
    "{} is a frequent feature of the entities here.",
    "{} is enriched among the entities of this cluster.",
    "{} is prominent among the entities of this cluster.",
    "The entities are characterised by {} in this cluster.",
    "{} is not rare among the entities of this cluster.",
    "{} is found in the entities of this cluster.",
)


@fault("direction", PHENOTYPE)
def over_told_as_under(draw: Draw) -> Fault | None:
    """Words that turn more often into less often."""
    return _turned(draw.clean, draw.rng, "over", _LESS)


@fault("direction", PHENOTYPE)
def under_told_as_over(draw: Draw) -> Fault | None:
    """Words that turn less often into more often."""
    return _turned(draw.clean, draw.rng, "under", _MORE)


@fault("direction", PHENOTYPE)
def polarity_turned(draw: Draw) -> Fault:
    """The field turned, the words left."""
    index = draw.rng.randrange(len(draw.clean.summary["claims"]))
    now = draw.clean.summary["claims"][index]["polarity"]
    turned = "under" if now == "over" else "over"
    return Fault(edited(draw.clean, f"claims.{index}.polarity", turned), (f"claim.{index + 1}",))


@fault("direction", PHENOTYPE)
def absent_list_holds_what_is_frequent(draw: Draw) -> Fault | None:
    """An over-represented row among the notably absent."""
    rows = _side(draw.clean, "over")
    if not rows:
        return None
    row = draw.rng.choice(rows)
    entry = {"evidence": row.id, "term_id": row.term_id, "label": row.label}
    return Fault(edited(draw.clean, "notably_absent", [entry]), ("absent.1",))


@fault("direction", PHENOTYPE)
def theme_rests_on_what_is_rare(draw: Draw) -> Fault | None:
    """An under-represented row as a theme."""
    rows = _side(draw.clean, "under")
    if not rows or not draw.clean.summary["key_themes"]:
        return None
    row = draw.rng.choice(rows)
    return Fault(
        edited(draw.clean, "key_themes.0", {"evidence": [row.id], "label": row.label[:60]}),
        ("theme.1",),
    )


@fault("direction", FUNCTIONAL)
def enriched_told_as_depleted(draw: Draw) -> Fault:
    """A functional row told as depleted."""
    text = draw.rng.choice(_LESS).replace("entities", "genes").format(_token(draw.clean.rows()[0]))
    return reworded(draw.clean, text)


@fault("numbers")
def size_wrong(draw: Draw) -> Fault:
    """Another number of members."""
    wrong = _other_number(
        draw.clean.packet.n_members, draw.rng, {row.k for row in draw.clean.rows()}
    )
    what = "genes" if draw.clean.functional else "disease entities"
    way = draw.rng.choice(
        ["The cluster of {} {} is marked by {}{}.", "The {} member {} are marked by {}{}."]
    )
    return reworded(
        draw.clean, way.format(wrong, what, _token(draw.clean.rows()[0]), _side_words(draw.clean))
    )


@fault("numbers")
def count_wrong(draw: Draw) -> Fault:
    """Another k of n."""
    row = draw.clean.rows()[0]
    wrong = _other_number(
        row.k or 0, draw.rng, {r.k for r in draw.clean.rows()}, at_most=row.n or 1
    )
    way = draw.rng.choice(
        [
            "{} of {} members have {}{}.",
            "{}/{} members have {}{}.",
            "{} out of {} members have {}{}.",
        ]
    )
    return reworded(
        draw.clean,
        "In this cluster, " + way.format(wrong, row.n, _token(row), _side_words(draw.clean)),
    )


@fault("numbers")
def total_wrong(draw: Draw) -> Fault:
    """The right k of a wrong n, k as a token."""
    row = draw.clean.rows()[0]
    wrong = _other_number(row.n or 1, draw.rng, set())
    text = f"In this cluster, {{{{{row.id}.k}}}} of {wrong} members have {_token(row)}"
    text += f"{_side_words(draw.clean)}."
    return reworded(draw.clean, text)


@fault("numbers")
def percent_wrong(draw: Draw) -> Fault:
    """Another percentage."""
    row = draw.clean.rows()[0]
    shares = {round(100 * (r.k or 0) / (r.n or 1)) for r in draw.clean.rows()}
    wrong = next(
        p
        for p in iter(lambda: draw.rng.randrange(1, 100), None)
        if all(abs(p - s) > 2 for s in shares)
    )
    return reworded(
        draw.clean, f"About {wrong} % of the members have {_token(row)}{_side_words(draw.clean)}."
    )


@fault("numbers", FUNCTIONAL)
def fdr_wrong(draw: Draw) -> Fault:
    """An FDR with another exponent."""
    row = draw.clean.rows()[0]
    shown = format_number("fdr", (row.fdr or 0.01) * 10.0 ** -draw.rng.randint(2, 9))
    way = draw.rng.choice(["(FDR {})", "(FDR = {})", "with an FDR of {}", "(q = {})"])
    return reworded(draw.clean, f"The genes are enriched for {_token(row)} {way.format(shown)}.")


@fault("numbers", PHENOTYPE)
def v_test_wrong(draw: Draw) -> Fault:
    """Another v-test."""
    row = draw.clean.rows()[0]
    wrong = (row.v or 0.0) * draw.rng.choice([1.3, 1.8, 0.6, 2.5])
    return reworded(
        draw.clean,
        f"The entities have {_token(row)}{_side_words(draw.clean)} (v-test {wrong:.1f}).",
    )


@fault("numbers")
def fold_invented(draw: Draw) -> Fault:
    """A fold change that is nowhere in the packet."""
    numbers = {value for row in draw.clean.rows() for value in (row.k, row.n)} | {
        draw.clean.packet.n_members
    }
    fold = next(n for n in iter(lambda: draw.rng.randint(2, 60), None) if n not in numbers)
    row = draw.clean.rows()[0]
    more = "more" if row.direction == "over" else "less"
    return reworded(
        draw.clean,
        f"{_token(row)} is {fold} times {more} frequent than elsewhere.",
    )


@fault("numbers")
def rank_wrong(draw: Draw) -> Fault | None:
    """A weak row called the strongest."""
    row = draw.clean.rows()[0]
    peers = [
        r
        for r in draw.clean.packet.rows
        if r.kind == "term" and (r.source, r.direction) == (row.source, row.direction)
    ]
    best = max(strength(peer) for peer in peers)
    weak = [peer for peer in peers if strength(peer) < best]
    if not weak:
        return None
    chosen = draw.rng.choice(weak)
    word = draw.rng.choice(["strongest", "most significant", "most pronounced", "top-ranked"])
    side = (
        ""
        if draw.clean.functional
        else f", {'over' if chosen.direction == 'over' else 'under'}-represented"
    )
    summary = edited(draw.clean, "claims.0", {
        **draw.clean.summary["claims"][0],
        "evidence": [chosen.id],
        **({} if draw.clean.functional else {"polarity": chosen.direction}),
        "text": f"The {word} signal of the cluster is {_token(chosen)}{side}.",
    })  # fmt: skip
    return Fault(summary, ("claim.1",))


@fault("numbers")
def quantifier_wrong(draw: Draw) -> Fault | None:
    """`Most` or `all` of what fewer have."""
    rows = [
        row
        for row in draw.clean.packet.rows
        if row.kind == "term" and (row.k or 0) / (row.n or 1) < 0.45
    ]
    if not rows:
        return None
    row = draw.rng.choice(rows)
    what = "genes" if draw.clean.functional else "entities"
    word = draw.rng.choice(
        ["Most", "Nearly all", "All", "The majority of the", "Almost all", "Every one of the"]
    )
    side = (
        ""
        if draw.clean.functional
        else f", {'more' if row.direction == 'over' else 'less'} often than elsewhere"
    )
    summary = edited(draw.clean, "claims.0", {
        **draw.clean.summary["claims"][0],
        "evidence": [row.id],
        **({} if draw.clean.functional else {"polarity": row.direction}),
        "text": f"{word} {what} have {_token(row)} on record{side}.",
    })  # fmt: skip
    return Fault(summary, ("claim.1",))


def _turned(clean: Clean, rng: Random, direction: str, ways: tuple[str, ...]) -> Fault | None:
    rows = _side(clean, direction)
    if not rows:
        return None
    row = rng.choice(rows)
    claim = {
        **clean.summary["claims"][0],
        "evidence": [row.id],
        "polarity": direction,
        "text": rng.choice(ways).format(rng.choice([_token(row), row.label])),
    }
    return Fault(edited(clean, "claims.0", claim), ("claim.1",))


def _side(clean: Clean, direction: str) -> list[EvidenceRow]:
    return [
        r
        for r in clean.packet.rows
        if r.kind == "term" and r.direction == direction and len(r.label) < 90
    ]


def _token(row: EvidenceRow) -> str:
    return f"{{{{{row.id}}}}}"


def _side_words(clean: Clean) -> str:
    if clean.functional:
        return ""
    return (
        ", more often than elsewhere"
        if clean.rows()[0].direction == "over"
        else ", less often than elsewhere"
    )


def _other_number(
    right: int, rng: Random, taken: set[int | None], at_most: int | None = None
) -> int:
    """Return a number near the right one that is not another right one."""
    span = max(3, right // 4)
    low, high = max(0, right - span), right + span if at_most is None else max(at_most, right + 1)
    numbers = [n for n in range(low, high + 1) if n != right and n not in taken]
    return rng.choice(numbers or [right + 7])
