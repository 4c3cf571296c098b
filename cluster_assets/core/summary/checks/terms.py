"""D09: an official term named in prose is in the packet. D09c: the sentence cites its row.

Terms are matched exactly, not by similarity: 56 % of the GO process labels have another official
label with a similarity of 90 or more. The longest label or exact synonym of the vocabulary matches.
"""

from __future__ import annotations

from collections.abc import Iterator

from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.parts import Part
from cluster_assets.core.summary.checks.words import Match, is_covered
from cluster_assets.core.summary.findings import Finding

MAX_ACRONYM = 6
# Labels and synonyms that are ordinary words in a text about a cluster, or names of groups of terms
ORDINARY_WORDS = frozenset(
    [
        *("aging", "all", "axon", "behavior", "binding", "capsule", "chromosome", "cognition"),
        *("cytoplasm", "cytosol", "dendrite", "digestion", "disease", "envelope", "excretion"),
        *("flight", "growth", "kinesis", "learning", "localization", "locomotion", "membrane"),
        *("memory", "metabolism", "nucleus", "organelle", "reflex", "regeneration"),
        *("reproduction", "segmentation", "sensitization", "signaling", "sleep", "swimming"),
        *("synapse", "translation", "transduction", "transport", "transposition", "vesicle"),
        *("acute", "affected", "arranging", "bilateral", "boil", "borderline", "bouncing"),
        *("central", "chronic", "collecting", "corn", "cutting", "diffuse", "distal", "dull"),
        *("episodic", "excluded", "falls", "fluctuating", "focal", "frequency", "frequent"),
        *("generalized", "healthy", "hopping", "hostile", "imprinted", "impulsive", "inactivity"),
        *("inertia", "inheritance", "irritable", "jumping", "lateral", "left", "localized"),
        *("manic", "mild", "mitochondrial", "moderate", "mole", "obligate", "occasional"),
        *("onset", "ordering", "piles", "plethora", "proximal", "recurrent", "right", "sad"),
        *("severe", "severity", "sporadic", "spinning", "stereotyped", "tearing", "tired"),
        *("triggered", "twirling", "variable", "warts", "cell differentiation", "cell cycle"),
        *("biological process", "biological regulation", "cell projection", "cellular component"),
        *("cellular process", "developmental process", "molecular function"),
        *("multicellular organismal process", "protein-containing complex"),
    ]
)


def terms_are_in_packet(context: Context) -> Iterator[Finding]:
    """D09: no official term from outside the packet; the words of cited rows may be regrouped."""
    known = {row.term_id for row in context.packet.rows}
    for part in context.parts:
        licensed = context.words_of(context.cited(part))
        for match in context.terms.find(part.text):
            if match.ids & known or _is_harmless(match, part):
                continue
            if not is_covered(match.phrase, licensed):
                span = part.text[match.start : match.end]
                yield Finding(part.ref, "D09", span, "terms of the rows that it cites")


def named_terms_are_cited(context: Context) -> Iterator[Finding]:
    """D09c: a sentence cites each term of the packet that it names."""
    for part in context.parts:
        if not part.is_prose:
            continue
        cited = context.cited(part)
        labels = [row.label.casefold() for row in cited]
        licensed = context.words_of(cited)
        for span in part.fills:
            if span.row_id is not None and span.row_id not in part.evidence:
                yield Finding(part.ref, "D09c", f"{{{{{span.row_id}}}}}", "only cited rows")
        for span in part.mentions:
            phrase = part.text[span.start : span.end].casefold()
            if (
                span not in part.fills
                and span.row_id not in part.evidence
                and phrase not in ORDINARY_WORDS
                and not any(phrase in label for label in labels)
                and not is_covered(phrase, licensed)
            ):
                yield Finding(part.ref, "D09c", phrase, f"cite {span.row_id} as well")


def is_searchable(phrase: str, label: str) -> bool:
    """Return whether to search for a label or synonym: not for ordinary words and acronyms."""
    if phrase.casefold() in ORDINARY_WORDS:
        return False
    letters = [char for char in phrase if char.isalpha()]
    is_acronym = len(phrase) <= MAX_ACRONYM and sum(map(str.isupper, letters)) > len(letters) / 2
    return len(letters) >= 3 and (phrase == label or not is_acronym)


def _is_harmless(match: Match, part: Part) -> bool:
    """Return whether a match lies within a mention of one of the packet's own labels."""
    return any(span.start <= match.start and match.end <= span.end for span in part.mentions)
