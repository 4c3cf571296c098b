"""Genes named in a text: in a row (D05), annotated to a cited term (D04b), true aliases (D05b).

A gene is recognized by its exact approved symbol; an alias counts only for a member, because most
aliases have other meanings as well. Plain look-up is right for only two of three matches in real
model prose, so four rules exclude other words: names of families, domains and cells; words of a
mentioned member's own name; acronyms that the text itself spells out; and symbols that are also
words, unless the context indicates a gene.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cluster_assets.core.models import Vocabulary
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.evidence import member_symbol
from cluster_assets.core.summary.checks.words import content_words
from cluster_assets.core.summary.findings import Finding

# Approved symbols that are also words or acronyms
HOMOGRAPHS = frozenset(
    [
        *("ABO", "ABRA", "ACD", "ACE", "ACHE", "ADA", "AFP", "AMH", "APC", "APP", "ARC", "ART"),
        *("AVP", "BAD", "BCR", "BPI", "CAD", "CALM", "CAMP", "CAPS", "CARS", "CAST", "CAT", "CBL"),
        *("CHAT", "CIC", "CLOCK", "COIL", "COPE", "CRH", "CRP", "DBP", "DBT", "DCT", "ECD", "EED"),
        *("ERG", "FAS", "FAT", "FOS", "GAL", "GAN", "GAS", "GLA", "HAL", "HOOK", "IDS", "IMPACT"),
        *("INS", "ITCH", "JUN", "KIN", "KIT", "LARGE", "LIF", "LPA", "MAG", "MAL", "MAX", "MCC"),
        *("MET", "MICA", "MICE", "MPO", "NAIL", "NANS", "NODAL", "NNT", "OAT", "PAH", "PALM"),
        *("PDF", "PIGS", "PIP", "POLE", "PRL", "PTH", "PVR", "RAN", "REL", "REST", "RET", "RPE"),
        *("SACS", "SAG", "SELL", "SET", "SHE", "SKI", "SON", "SSB", "STAR", "TANK", "TAT", "TRH"),
        *("TRIO", "TTR", "TUB", "VIP", "VWF", "WARS", "WAS"),
    ]
)
_SYMBOL = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*(?![\w])")
_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9]*\d[A-Z0-9]*")
_NO_GENE = re.compile(r"CD\d+|[A-Z]?H\d+[A-Z]\d*|\w*O\d|COVID\w*|GABA\w*|IGF?\d?|HLA")
_GROUP_AFTER = re.compile(
    r"^\+|^[-\s]+(?:like|type|family|families|superfamily|subfamily|domains?|motifs?|repeats?|folds?|"
    r"box|anchor(?:s|ed)?|tail|class|group|subunits?|complex(?:es)?|cells?|lymphocytes?|neurons?|"
    r"positive|negative|proteins|receptors|channels|kinases|ligands|factors|enzymes|signal(?:l)?ing|"
    r"pathway|cascade|axis|islands?|syndrome|disease)\b",
)
_GROUP_BEFORE = re.compile(
    r"(?:\b(?:anti|non|pro|pre|type)[- ]|\b(?:class|family of|complex) )$", re.I
)
_CUE_BEFORE = re.compile(
    r"(?:\b(?:genes?|locus|loci|members?|symbols?|protein|variants? (?:in|of)|mutations? (?:in|of)|"
    r"including|include|includes|such as|encoded by|named|called|like|by|"
    r"(?:together|along) with)\b[\s:(]*"
    r"|\b[A-Z][A-Z0-9]{1,}\d*(?:,| and| or|/|;)+\s*(?:and |or )?)$"
)
_CUE_AFTER = re.compile(
    r"^(?:\s+(?:genes?|locus|proteins?|variants?|mutations?|encodes?|transcripts?)\b"
    r"|\s*(?:,|/|;| and | or )\s*(?:and |or )?[A-Z][A-Z0-9]+\b)"
)
_ALSO_KNOWN = re.compile(
    r"\b(?P<one>[A-Z][A-Za-z0-9-]{1,19})\b[,\s(]*(?:is |was )?(?:also )?"
    r"(?:better |previously |formerly )?(?:known as|called|named|aka|a\.k\.a\.|alias(?: of)?|"
    r"synonym(?:ous)? (?:of|with|for)|previously|formerly|the former)"
    r"\s+(?P<other>[A-Z][A-Za-z0-9-]{1,19})\b"
)


@dataclass(frozen=True, slots=True)
class GeneMention:
    """A word that names a gene: its place and the symbol as written."""

    start: int
    end: int
    symbol: str


def scan_genes(text: str, vocabulary: Vocabulary) -> list[GeneMention]:
    """Return the mentions of genes by their approved symbol in a text.

    Args:
        text: prose; anything masked is skipped.
        vocabulary: HGNC symbols and names. A vocabulary without aliases is considered incomplete;
            then words that look like a symbol (`KCNQ2`) count too.
    """
    tokens = [
        mention for token in _SYMBOL.finditer(text) if (mention := _symbol_in(token, vocabulary))
    ]
    tokens = [mention for mention in tokens if not _is_other(mention, text, vocabulary)]
    symbols = {mention.symbol for mention in tokens}
    cued = {m.symbol for m in tokens if not _needs_cue(m.symbol) or _has_cue(m, text)}
    part_of_name = {
        symbol
        for symbol in symbols
        if symbol.casefold() in _name_words(symbols - {symbol}, vocabulary)
    }
    return [mention for mention in tokens if mention.symbol in cued - part_of_name]


def genes_are_in_packet(context: Context) -> Iterator[Finding]:
    """D05: each gene that a text names is listed in a row or part of a cited label.

    The writer did not see members that no row lists, so there is no evidence for a statement on
    them.
    """
    known = {gene for row in context.packet.rows for gene in row.genes}
    for part in context.parts:
        licensed = " ".join(row.label for row in context.cited(part))
        named = [part.text[span.start : span.end] for span in part.fills if span.kind == "gene"]
        named += [mention.symbol for mention in scan_genes(part.masked, context.vocabulary)]
        for gene in named:
            if (member_symbol(gene, context) or gene) in known:
                continue
            if not re.search(rf"\b{re.escape(gene)}\b", licensed):
                yield Finding(part.ref, "D05", gene, "genes of the rows, as `{{G:SYMBOL}}`")


def genes_are_annotated(context: Context) -> Iterator[Finding]:
    """D04b: a gene named beside a term is annotated to one of the terms that the claim cites."""
    for part in context.parts:
        annotated = {gene for row in context.cited(part) for gene in row.genes}
        if not part.is_sentence or not annotated:
            continue
        named = [*part.genes]
        named += [part.text[span.start : span.end] for span in part.fills if span.kind == "gene"]
        named += [mention.symbol for mention in scan_genes(part.masked, context.vocabulary)]
        for gene in dict.fromkeys(named):
            symbol = member_symbol(gene, context)
            if symbol is not None and symbol not in annotated:
                allowed = f"members with the cited terms: {', '.join(sorted(annotated)[:20])}"
                yield Finding(part.ref, "D04b", gene, allowed)


def aliases_are_true(context: Context) -> Iterator[Finding]:
    """D05b: two symbols that a text calls the same gene are the same gene in HGNC."""
    vocabulary = context.vocabulary
    if not vocabulary.aliases:
        return
    for part in context.parts:
        for match in _ALSO_KNOWN.finditer(part.text):
            genes = [_gene_ids(match[group], vocabulary) for group in ("one", "other")]
            if any(genes) and not genes[0] & genes[1]:
                yield Finding(part.ref, "D05b", match[0], "no other names for genes")


def _symbol_in(token: re.Match[str], vocabulary: Vocabulary) -> GeneMention | None:
    """Return the symbol that a word is, or starts with before a hyphen (`SHANK3-related`)."""
    pieces = token[0].split("-")
    for n_pieces in range(len(pieces), 0, -1):
        symbol = "-".join(pieces[:n_pieces])
        if symbol in vocabulary.symbols or _has_shape(symbol, vocabulary):
            return GeneMention(token.start(), token.start() + len(symbol), symbol)
    return None


def _has_shape(word: str, vocabulary: Vocabulary) -> bool:
    return bool(not vocabulary.aliases and _SHAPE.fullmatch(word) and not _NO_GENE.fullmatch(word))


def _is_other(mention: GeneMention, text: str, vocabulary: Vocabulary) -> bool:
    """Return whether the word means a family, domain or cell, or an acronym that is spelled out."""
    before, after = text[: mention.start], text[mention.end :]
    if _GROUP_AFTER.match(after) or _GROUP_BEFORE.search(before):
        return True
    if not (before.endswith("(") and after.startswith(")")):
        return False
    words = re.findall(r"\w+", before)[-2 * len(mention.symbol) :]
    letters = iter(word[0].casefold() for word in words)
    is_acronym = all(char in letters for char in mention.symbol.casefold() if char.isalpha())
    return is_acronym and not content_words(" ".join(words)) & _name_words(
        {mention.symbol}, vocabulary
    )


def _needs_cue(symbol: str) -> bool:
    return symbol in HOMOGRAPHS or len(symbol) <= 2


def _has_cue(mention: GeneMention, text: str) -> bool:
    before, after = text[: mention.start], text[mention.end :]
    return bool(_CUE_BEFORE.search(before) or _CUE_AFTER.match(after))


def _name_words(symbols: set[str], vocabulary: Vocabulary) -> set[str]:
    """Return the words of the approved names of genes: `F11` of F11R, the F11 receptor."""
    names = (
        vocabulary.gene_names.get(vocabulary.symbols.get(symbol, ""), "") for symbol in symbols
    )
    return {word for name in names for word in content_words(name)}


def _gene_ids(symbol: str, vocabulary: Vocabulary) -> frozenset[str]:
    approved = vocabulary.symbols.get(symbol)
    return frozenset({approved} if approved else ()) | vocabulary.aliases.get(symbol, frozenset())
