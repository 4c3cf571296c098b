"""Labels and names as readers may see them: one visible line, nothing hidden, no instructions.

Used where data enters and where a packet is built. Nothing here interprets a label.
"""

from __future__ import annotations

import re
import unicodedata

from cluster_assets.core.injection import foreign_text

MAX_LABEL = 200
MIN_LETTERS = 2  # Latin letters or digits that a readable label needs
_LETTER = re.compile(r"[A-Za-z0-9]")


def clean_label(text: str, limit: int | None = MAX_LABEL) -> str:
    """Return a label as one visible line: NFKC, no control, bidi, zero-width or private characters.

    Args:
        text: the label as received.
        limit: maximum number of characters; None for no limit.
    """
    visible = text
    if not (text.isascii() and text.isprintable()):  # most are, and tables have many
        spaced = "".join(
            " " if char.isspace() else char for char in unicodedata.normalize("NFKC", text)
        )
        visible = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    return " ".join(visible.split())[:limit].rstrip()


def safe_label(label: str, identifier: str) -> str:
    """Return the clean label, or the identifier if the label is unreadable or not just a label.

    This is the first line of defence against instructions and links hidden in names.
    """
    clean = clean_label(label)
    is_word = len(_LETTER.findall(clean)) >= MIN_LETTERS
    return clean if is_word and not foreign_text(clean) else clean_label(identifier)


def capital(text: str) -> str:
    """Capitalize the first letter, except in words such as `mRNA`, `pH` and `p53`."""
    word = text.partition(" ")[0]
    is_symbol = any(c.isupper() or c.isdigit() for c in word[1:])
    return text if is_symbol else text[:1].upper() + text[1:]
