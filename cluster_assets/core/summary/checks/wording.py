"""Wording that statistics cannot support: cause, certainty, treatment, molecules, inheritance.

Only words outside of labels count ("Defective CFTR causes cystic fibrosis" is a label).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.parts import MASK, Part
from cluster_assets.core.summary.checks.words import is_negated
from cluster_assets.core.summary.findings import Finding


def _lexicon(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


_CAUSE = _lexicon(
    r"caus(?:e|es|ed|ing|al|ally|ative|ation)|driv(?:e|es|en|ing)|(?:leads?|leading|led) to|"
    r"result(?:s|ed|ing)? (?:in|from)|due to|because of|owing to|responsible for|"
    r"underl(?:ie|ies|ay)|underlying (?:cause|mechanism|defect)s?|giv(?:e|es|ing) rise to|"
    r"trigger(?:s|ed|ing)?|induc(?:e|es|ed|ing)|contribut(?:e|es|ed|ing) to|"
    r"explain(?:s|ed|ing)?|attributable to|consequences? of|stems? from|"
    r"aris(?:e|es|ing) from|brings? about|provok(?:e|es|ed)|pathogenesis|aetiolog\w+|"
    r"etiolog\w+|mechanis(?:m|ms|tic|tically)"
)
_CERTAINTY = _lexicon(
    r"always|never|invariably|certain(?:ly)?|definite(?:ly)?|prov(?:e|es|en|ed|ing)|"
    r"undoubtedly|without (?:a )?doubt|necessarily|guarantee(?:s|d)?|pathognomonic|"
    r"exclusively|unequivocal(?:ly)?|conclusive(?:ly)?|inevitabl[ey]|solely|must|"
    r"undisputed(?:ly)?|(?:all|every|each|any) (?:of the )?"
    r"(?:patients?|individuals?|cases?|people|persons?|carriers?)"
)
_CLINIC = _lexicon(
    r"diagnos\w+|prognos\w+|(?:overall|poor|reduced|shortened) survival|"
    r"survival (?:rate|time)s?|life expectancy|mortality|outcomes?|life-threatening|"
    r"fatal|lethal|risk (?:of|for)|predispos\w+|predict(?:s|ed|ive|or|ors)?|"
    r"test(?:ed|ing) for"
)
_ADVICE = _lexicon(
    r"treat(?:s|ed|ing|able|ment|ments)?|cur(?:e|es|ed|ing|able)|therap(?:y|ies|eutic\w*)|drugs?|medicat\w+|"
    r"medicines?|dos(?:e(?![- ]sensitiv)|es|ed|ing)|mg|administer\w*|prescri\w+|managed|management|"
    r"surg(?:ery|ical\w*)|transplant\w*|diets?|supplement(?:s|ed|ation)|prophyla\w+|"
    r"vaccin\w+|surveillance|screen(?:ed|ing)|monitor(?:ed|ing)?|recommend\w*|"
    r"clinicians? should|counsel\w+|follow-up|chemotherap\w+|"
    r"antiepileptics?|anticonvulsants?"
)
_MOLECULAR = _lexicon(
    r"genes?|proteins?|enzym\w+|kinases?|phosphatases?|receptors?|ion channels?|"
    r"channelopath\w+|signal(?:l)?ing|transcription\w*|chromatin|mutations?|mutated|"
    r"variants?|DNA|m?RNA|molecular(?:ly)?|pathways?|transporters?|ligands?|mitochondri\w+|"
    r"synap\w+|ubiquitin\w*|histones?|phosphorylat\w+|lysosom\w+|peroxisom\w+|ribosom\w+|"
    r"GTPases?|isoforms?|haploinsufficien\w+|cytoskelet\w+|(?:loss|gain)[- ]of[- ]function|"
    r"neurotransmitters?|glutamatergic|GABAergic"
)
_INHERITANCE = _lexicon(
    r"autosomal(?:[- ](?:dominant|recessive))?|"
    r"(?:semi)?dominant(?:ly)? "
    r"(?:inherit\w+|disorders?|diseases?|conditions?|transmission|modes?|entities)|"
    r"recessive(?:ly)?|[XY][- ]linked|mitochondrial(?:ly)? inherit\w+|"
    r"maternal(?:ly)? inherit\w+|polygenic|digenic|oligogenic|de novo|sporadic(?:ally)?|"
    r"mosaicism"
)
_WORD = re.compile(r"\w+")


def no_cause_or_certainty(context: Context) -> Iterator[Finding]:
    """D10: no cause, absolutes, diagnosis or prognosis; `does not show cause` is allowed."""
    for part in context.parts:
        if not (part.is_prose or part.section in {"key_themes", "tags"}):
            continue
        text = part.masked if part.is_prose else _own_words(part, context)
        for pattern, allowed in (
            (_CAUSE, "an association"),
            (_CERTAINTY, "shares of the cited rows"),
            (_CLINIC, "what rows say"),
        ):
            for match in pattern.finditer(text):
                if pattern is not _CAUSE or not is_negated(text, match.start()):
                    yield Finding(part.ref, "D10", match[0], allowed)


def no_advice(context: Context) -> Iterator[Finding]:
    """D11: nothing on treatment, dose or management."""
    for part in context.parts:
        if match := _ADVICE.search(_own_words(part, context)):
            yield Finding(part.ref, "D11", match[0], "nothing on treatment or management")


def no_molecules_in_phenotypes(context: Context) -> Iterator[Finding]:
    """D18: a summary of disease entities is about phenotypes, not molecules."""
    if context.packet.cluster_type != "phenotype":
        return
    for part in context.parts:
        if match := _MOLECULAR.search(_own_words(part, context)):
            yield Finding(part.ref, "D18", match[0], "phenotypes only")


def inheritance_is_in_packet(context: Context) -> Iterator[Finding]:
    """D23: a mode of inheritance is named only where a cited row has it."""
    for part in context.parts:
        rows = context.cited(part)
        if part.section == "inheritance" and any(row.kind != "inheritance" for row in rows):
            yield Finding(part.ref, "D23", ", ".join(part.evidence), "rows with an `I`")
        licensed = " ".join(row.label.casefold().replace("-", " ") for row in rows)
        for match in _INHERITANCE.finditer(part.masked):
            wanted = match[0].casefold().replace("-", " ").split()
            if not all(
                word.removesuffix("ly") in licensed for word in wanted if word != "inherited"
            ):
                yield Finding(part.ref, "D23", match[0], "a mode of inheritance of a cited row")


def _own_words(part: Part, context: Context) -> str:
    """Return the text without labels and without single words of the cited labels.

    MSigDB labels contain underscores, `KEGG_DRUG_METABOLISM`, which tags replace by spaces.
    """
    labels = [row.label.casefold() for row in context.cited(part)]
    forms = (form for label in labels for form in (label, label.replace("_", " ")))
    quoted = {word for form in forms for word in _WORD.findall(form)}
    return _WORD.sub(
        lambda match: MASK * len(match[0]) if match[0].casefold() in quoted else match[0],
        part.masked,
    )
