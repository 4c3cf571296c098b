"""Faults about genes."""

from __future__ import annotations

from random import Random

from cluster_assets.core.summary.checks.genes import HOMOGRAPHS
from cluster_assets_bench.faults.base import Clean, Draw, Fault, added, edited, fault, reworded

FUNCTIONAL = ("functional",)


@fault("genes")
def gene_outside_in_prose(draw: Draw) -> Fault | None:
    """A gene that is no member."""
    way = draw.rng.choice(
        [", among them {}", ", as in {}", ", with {} in the lead", " together with {}"]
    )
    return added(draw.clean, way.format(draw.world.foreign_gene(draw.clean, draw.rng)))


@fault("genes")
def gene_outside_first(draw: Draw) -> Fault | None:
    """A claim that begins with a gene that is no member."""
    gene = draw.world.foreign_gene(draw.clean, draw.rng)
    text = f"{gene} belongs here: " + draw.clean.summary["claims"][0]["text"]
    return reworded(draw.clean, text) if len(text) <= 320 else None


@fault("genes", FUNCTIONAL)
def gene_outside_in_list(draw: Draw) -> Fault:
    """A gene in the structured list that is no member."""
    return Fault(
        edited(draw.clean, "claims.0.genes", [draw.world.foreign_gene(draw.clean, draw.rng)]),
        ("claim.1",),
    )


@fault("genes", FUNCTIONAL)
def gene_outside_as_token(draw: Draw) -> Fault | None:
    """A token for a gene that is no member."""
    return added(
        draw.clean, f", among them {{{{G:{draw.world.foreign_gene(draw.clean, draw.rng)}}}}}"
    )


@fault("genes")
def gene_outside_in_title(draw: Draw) -> Fault:
    """A title that names a gene that is no member."""
    text = f"The role of {draw.world.foreign_gene(draw.clean, draw.rng)} in this cluster"
    return Fault(edited(draw.clean, "title.text", text), effect="whole")


@fault("genes", FUNCTIONAL)
def gene_homograph(draw: Draw) -> Fault | None:
    """A gene that is no member and is called like a word."""
    known = {member.label for member in draw.clean.packet.members}
    symbols = sorted(HOMOGRAPHS & set(draw.world.material.vocabulary.symbols) - known)
    way = draw.rng.choice(
        [", among them the {} gene", ", and variants in {} fit in", ", such as {}"]
    )
    return added(draw.clean, way.format(draw.rng.choice(symbols))) if symbols else None


@fault("genes", FUNCTIONAL)
def gene_false_alias(draw: Draw) -> Fault | None:
    """A member that is said to be another gene."""
    genes = draw.clean.rows()[0].genes
    if not genes or not draw.world.material.vocabulary.aliases:
        return None
    way = draw.rng.choice(["{} (also known as {})", "{}, formerly {},", "{} (aka {})"])
    named = way.format(draw.rng.choice(genes), draw.world.foreign_gene(draw.clean, draw.rng))
    return added(draw.clean, f", for instance {named}")


@fault("genes", FUNCTIONAL)
def gene_without_the_term_in_list(draw: Draw) -> Fault | None:
    """A member listed for a claim, annotated to none of its terms."""
    gene = _not_annotated(draw.clean, draw.rng)
    return Fault(edited(draw.clean, "claims.0.genes", [gene]), ("claim.1",)) if gene else None


@fault("genes", FUNCTIONAL)
def gene_without_the_term_as_token(draw: Draw) -> Fault | None:
    """A member named beside a term that it is not annotated to."""
    gene = _not_annotated(draw.clean, draw.rng)
    return added(draw.clean, f", as {{{{G:{gene}}}}} is") if gene else None


@fault("genes", FUNCTIONAL)
def gene_without_the_term_typed(draw: Draw) -> Fault | None:
    """The same with the symbol typed out."""
    gene = _not_annotated(draw.clean, draw.rng)
    return added(draw.clean, f", as {gene} is") if gene else None


def _not_annotated(clean: Clean, rng: Random) -> str | None:
    annotated = {gene for row in clean.rows() for gene in row.genes}
    others = sorted({member.label for member in clean.packet.members} - annotated - HOMOGRAPHS)
    others = [gene for gene in others if len(gene) > 2]
    return rng.choice(others) if others and annotated else None
