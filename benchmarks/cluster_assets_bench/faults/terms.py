"""Faults about terms: invented, not enriched, near misses, keys that do not fit; swapped texts."""

from __future__ import annotations

import copy
from random import Random

from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.checks.words import normalise
from cluster_assets_bench.faults.base import Clean, Draw, Fault, added, edited, fault

FUNCTIONAL = ("functional",)
PHENOTYPE = ("phenotype",)
_OPPOSITES = (
    ("positive", "negative"), ("increased", "decreased"), ("hyper", "hypo"), ("macro", "micro"),
    ("up-regulation", "down-regulation"), ("elevated", "reduced"), ("activation", "inhibition"),
    ("anterior", "posterior"), ("upper", "lower"), ("assembly", "disassembly"), ("long", "short"),
    ("import", "export"), ("biosynthetic", "catabolic"), ("dorsal", "ventral"), ("early", "late"),
    ("methylation", "demethylation"), ("polymerization", "depolymerization"),
)  # fmt: skip
_MADE_UP = ("Velmorin", "Kestrel-type", "Tandrian", "Oxanthic", "Prelimbate", "Quorate")


def _terms_field(clean: Clean) -> str:
    return "pathways" if clean.functional else "notably_absent"


@fault("terms")
def term_invented_in_field(draw: Draw) -> Fault | None:
    """A made-up label under a real row."""
    field = _terms_field(draw.clean)
    if not draw.clean.summary[field]:
        return None
    label = f"{draw.rng.choice(_MADE_UP)} signaling cascade"
    return Fault(edited(draw.clean, f"{field}.0.label", label), (_ref(field),))


@fault("terms")
def term_not_enriched_in_field(draw: Draw) -> Fault | None:
    """A real term that is not in the packet, under a real row."""
    field = _terms_field(draw.clean)
    if not draw.clean.summary[field]:
        return None
    term, label = draw.world.foreign_term(draw.clean, draw.rng)
    entry = {**draw.clean.summary[field][0], "term_id": term, "label": label}
    return Fault(edited(draw.clean, f"{field}.0", entry), (_ref(field),))


@fault("terms")
def term_id_of_another_row(draw: Draw) -> Fault | None:
    """Label of one row, id of another."""
    return _crossed(draw.clean, draw.rng, "term_id")


@fault("terms")
def term_label_of_another_row(draw: Draw) -> Fault | None:
    """Id of one row, label of another."""
    return _crossed(draw.clean, draw.rng, "label")


@fault("terms")
def term_evidence_of_another_row(draw: Draw) -> Fault | None:
    """Id and label of one row, evidence of another."""
    return _crossed(draw.clean, draw.rng, "evidence")


@fault("terms")
def term_not_enriched_in_prose(draw: Draw) -> Fault | None:
    """A real term that is not in the packet, named in a claim."""
    _, label = draw.world.foreign_term(draw.clean, draw.rng)
    way = draw.rng.choice(
        [" and {}", ", along with {}", ", with {} beside it", "; {} belongs to it"]
    )
    return added(draw.clean, way.format(label))


@fault("terms")
def term_neighbour_in_prose(draw: Draw) -> Fault | None:
    """A real term that shares a word with a cited one, and says something else."""
    near = draw.world.neighbour(draw.clean.rows()[0], draw.clean, draw.rng)
    return added(draw.clean, f", and also {near[1]}") if near else None


@fault("terms")
def term_opposite_in_prose(draw: Draw) -> Fault | None:
    """The official opposite of a row's term, named in a claim."""
    official = {normalise(label) for _, label in draw.world.labels}
    own = {normalise(row.label) for row in draw.clean.packet.rows}
    for row in draw.clean.packet.rows:
        label = normalise(row.label)
        for one, other in (*_OPPOSITES, *((b, a) for a, b in _OPPOSITES)):
            turned = label.replace(one, other)
            if turned != label and turned in official and turned not in own:
                return added(draw.clean, f", and also {turned}")
    return None


@fault("terms")
def theme_not_enriched(draw: Draw) -> Fault | None:
    """A theme that is a real term of something else."""
    if not draw.clean.summary["key_themes"]:
        return None
    return Fault(
        edited(
            draw.clean, "key_themes.0.label", draw.world.foreign_term(draw.clean, draw.rng)[1][:60]
        ),
        ("theme.1",),
    )


@fault("terms")
def tag_not_enriched(draw: Draw) -> Fault | None:
    """A tag that is a real term of something else."""
    if not draw.clean.summary["tags"]:
        return None
    for _ in range(200):
        tag = draw.world.foreign_term(draw.clean, draw.rng)[1].lower()
        if (
            len(tag) <= 29
            and tag.replace(" ", "").replace("-", "").isascii()
            and tag.replace(" ", "").replace("-", "").isalnum()
        ):
            return Fault(edited(draw.clean, "tags.0.tag", tag), ("tag.1",))
    return None


@fault("terms")
def title_not_enriched(draw: Draw) -> Fault:
    """A title that is a real term of something else."""
    return Fault(
        edited(draw.clean, "title.text", draw.world.foreign_term(draw.clean, draw.rng)[1]),
        effect="whole",
    )


@fault("terms")
def term_named_but_not_cited(draw: Draw) -> Fault | None:
    """A term of the packet, named in a claim that does not cite it."""
    cited = {row.id for row in draw.clean.rows()}
    mine = " ".join(normalise(row.label) for row in draw.clean.rows())
    others = [
        row for row in draw.clean.packet.rows
        if row.kind == "term" and row.id not in cited and normalise(row.label) not in mine
    ]  # fmt: skip
    if not others:
        return None
    return added(draw.clean, f", and likewise {{{{{draw.rng.choice(others).id}}}}}")


@fault("terms")
def term_id_unknown_in_prose(draw: Draw) -> Fault | None:
    """An id of a term that is not in the packet."""
    known = {row.term_id for row in draw.clean.packet.rows}
    prefix = draw.rng.choice(["GO:", "HP:"])
    number = next(
        n for n in iter(lambda: draw.rng.randrange(10**6), None) if f"{prefix}{n:07d}" not in known
    )
    return added(draw.clean, f" ({prefix}{number:07d})")


@fault("swap")
def text_of_another_cluster(draw: Draw) -> Fault:
    """The whole summary of another cluster, its hash included."""
    return Fault(copy.deepcopy(_other(draw).summary), effect="whole")


@fault("swap")
def text_of_another_cluster_with_this_hash(draw: Draw) -> Fault:
    """The same, with this cluster's hash put in."""
    other = copy.deepcopy(_other(draw, typed=True).summary)
    return Fault({**other, "packet_hash": packet_sha256(draw.clean.packet)}, effect="whole")


@fault("swap")
def sentence_of_another_cluster(draw: Draw) -> Fault | None:
    """One sentence of another cluster under this cluster's citations."""
    other = _other(draw, typed=True)
    text = other.summary["claims"][0]["text"]
    if (
        text == draw.clean.summary["claims"][0]["text"]
        or other.rows()[0].label == draw.clean.rows()[0].label
    ):
        return None
    return Fault(edited(draw.clean, "claims.0.text", text), ("claim.1",))


def _other(draw: Draw, *, typed: bool = False) -> Clean:
    """Return a summary of another cluster of the type, with labels typed out where asked."""
    packet = draw.clean.packet
    others = [
        one
        for one in draw.world.cleans
        if one.packet.cluster_type == packet.cluster_type
        and one.packet.cluster_hash != packet.cluster_hash
        and (one.form in {"plain", "hedged"} or not typed)
    ]
    return draw.rng.choice(others)


def _crossed(clean: Clean, rng: Random, key: str) -> Fault | None:
    field = _terms_field(clean)
    if not clean.summary[field]:
        return None
    entry = clean.summary[field][0]
    direction = "over" if clean.functional else "under"
    others = [
        row for row in clean.packet.rows
        if row.kind == "term" and row.direction == direction and row.id != entry["evidence"]
        and normalise(row.label) != normalise(entry["label"])
    ]  # fmt: skip
    if not others:
        return None
    row = rng.choice(others)
    value = {"term_id": row.term_id, "label": row.label, "evidence": row.id}[key]
    return Fault(edited(clean, f"{field}.0.{key}", value), (_ref(field),))


def _ref(field: str) -> str:
    return "pathway.1" if field == "pathways" else "absent.1"
