"""Labels and names as people may see them: one visible line, without what hides or orders.

Used where data enters and where a packet is made. What a label says is for others.
"""

from __future__ import annotations

import re
import unicodedata

from cluster_assets.core.injection import foreign_text

MAX_LABEL = 200
MIN_LETTERS = 2  # Latin letters or digits that make a label one that can be read out
_LETTER = re.compile(r"[A-Za-z0-9]")


def clean_label(text: str, limit: int | None = MAX_LABEL) -> str:
    """Return a label as one visible line: NFKC, no control, bidi, zero-width or private characters.

    Args:
        text: as somebody wrote it.
        limit: characters that are kept; None for all.
    """
    visible = text
    if not (text.isascii() and text.isprintable()):  # most are, and tables have many
        spaced = "".join(
            " " if char.isspace() else char for char in unicodedata.normalize("NFKC", text)
        )
        visible = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    return " ".join(visible.split())[:limit].rstrip()


def safe_label(label: str, identifier: str) -> str:
    """Return the clean label, or the identifier where the label says nothing, orders or links.

    This is the first line of defence against instructions hidden in names.
    """
    clean = clean_label(label)
    is_word = len(_LETTER.findall(clean)) >= MIN_LETTERS
    return clean if is_word and not foreign_text(clean) else clean_label(identifier)


def capital(text: str) -> str:
    """Raise the first letter, but not in words such as `mRNA`, `pH` and `p53`."""
    word = text.partition(" ")[0]
    is_symbol = any(c.isupper() or c.isdigit() for c in word[1:])
    return text if is_symbol else text[:1].upper() + text[1:]
