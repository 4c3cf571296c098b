"""Detection of text that is more than a description: instructions, URLs, markup, hidden characters.

Used where labels enter (a label that reads like an instruction is replaced by its id) and where
texts leave (D12). No official label of HPO, GO or Reactome matches these patterns; a test makes
sure of that.
"""

from __future__ import annotations

import re
import unicodedata

_SOMEBODY = "(?:judge|reviewer|validator|model|writer|grader|evaluator|assistant|ai)"
_APPROVAL = (
    "(?:accept(?:ed)?|supported|valid(?:ated)?|approved|true|correct|verified|high(?: confidence)?)"
)
_INSTRUCTIONS = (
    (
        r"\b(?:ignore|disregard|forget|override|bypass|overlook)\b[^.]{0,40}\b(?:instruct\w*|prompts?|"
        r"rules?|guidelines|above|previous|prior|earlier|preceding|evidence|packet|rows?|checks?|"
        r"everything)\b"
    ),
    r"\b(?:system|developer|hidden) (?:prompt|message|instructions?)\b",
    r"\b(?:new|updated|following|these|further) instructions?\b",
    rf"\binstructions? (?:to|for) (?:the )?(?:\w+ )?{_SOMEBODY}\b",
    r"\byou (?:are|must|should|shall|will|have to|need to|can)\b",
    r"\byour (?:task|role|instructions?|answer|reply|output)\b",
    r"\bas an? (?:ai|language model|assistant|llm)\b|\b(?:ai|language) model\b",
    r"(?:^|[\"'\n])\s*(?:assistant|user|system):",
    (
        r"\b(?:respond|reply|answer|output|print|return|write|say|state|include|insert|repeat|append)"
        r"\b[^.]{0,30}\b(?:only|exactly|verbatim|the following|the (?:words?|phrase|sentence|text)|"
        r"json|instead)\b"
    ),
    (
        r"\b(?:mark|label|rate|score|judge|classify|treat|set|accept|approve|grade)\b[^.]{0,30}"
        rf"\b(?:as|to) [\"'“]?{_APPROVAL}\b"
    ),
    rf"\b(?:note|message|attention|memo|dear)[ ,:]+(?:(?:to|for) )?(?:the )?{_SOMEBODY}\b",
    (
        r"\b(?:all|every) (?:claims?|items?|statements?|sentences?) (?:is|are|as|were|have been) "
        rf"{_APPROVAL}\b"
    ),
    r"\bverdict\b|\bjailbreak\b|\bdo anything now\b|\bprompt injection\b",
    r"\b(?:begin|end) (?:of )?(?:packet|evidence|data|input|instructions?)\b",
    r"\bevidence_used\b|\bpacket_hash\b",
)
_ADDRESSES = (
    r"https?:|www\.|ftp://|mailto:|javascript:|data:text",
    r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b",
    r"\b[a-z0-9-]{2,}\.(?:com|org|net|io|info|ru|cn|xyz|example|dev|app)\b",
)
_MARKUP_SIGNS = (
    r"</?[a-z!][^>]{0,80}>?",
    r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});",
    r"!?\[[^\]]*\]\([^)]*\)",
    r"`|\*\*|__|^#{1,6} |\{%|\$\{",
)
_INSTRUCTION = re.compile("|".join(_INSTRUCTIONS), re.IGNORECASE)
_ADDRESS = re.compile("|".join(_ADDRESSES), re.IGNORECASE)
_MARKUP = re.compile("|".join(_MARKUP_SIGNS), re.IGNORECASE | re.MULTILINE)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def hidden_characters(text: str) -> str:
    """Return the control, bidi, zero-width, tag and private characters of a text, in order."""
    return "".join(char for char in text if unicodedata.category(char) in _HIDDEN_CATEGORIES)


def foreign_text(text: str, outside_labels: str | None = None) -> str | None:
    """Return the first instruction, address or piece of markup, None when there is none.

    Args:
        text: the text as shown to a reader.
        outside_labels: the text with labels masked, because a label may hold `<` or `[`; only this
            is searched for markup. Defaults to the whole text.
    """
    for pattern, where in (
        (_INSTRUCTION, text),
        (_ADDRESS, text),
        (_MARKUP, text if outside_labels is None else outside_labels),
    ):
        if match := pattern.search(where):
            return match[0]
    return None
