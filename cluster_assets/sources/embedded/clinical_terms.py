"""The 39 HPO terms that SysNDD clusters its entities on: organ systems and grades of disability.

The ids are from HPO; the selection is SysNDD's (https://sysndd.dbmr.unibe.ch, CC BY 4.0). It
includes the root HP:0000118, which the clustering leaves out, as SysNDD does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cluster_assets.sources.notices import Notice, about_ids

CLINICAL_TERMS: tuple[str, ...] = (
    "HP:0000077",
    "HP:0000098",
    "HP:0000118",
    "HP:0000119",
    "HP:0000202",
    "HP:0000252",
    "HP:0000256",
    "HP:0000365",
    "HP:0000478",
    "HP:0000707",
    "HP:0000708",
    "HP:0000818",
    "HP:0000924",
    "HP:0001249",
    "HP:0001250",
    "HP:0001256",
    "HP:0001513",
    "HP:0001548",
    "HP:0001574",
    "HP:0001627",
    "HP:0001871",
    "HP:0001939",
    "HP:0001999",
    "HP:0002011",
    "HP:0002187",
    "HP:0002270",
    "HP:0002342",
    "HP:0002376",
    "HP:0002664",
    "HP:0002715",
    "HP:0003011",
    "HP:0003676",
    "HP:0004322",
    "HP:0006889",
    "HP:0010864",
    "HP:0011024",
    "HP:0011420",
    "HP:0012103",
    "HP:0040064",
)


def clustered_terms(
    choice: Literal["prevalence", "clinical"], recorded: Iterable[str]
) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Return the terms to cluster on (empty for all), and a notice of unused clinical terms.

    Args:
        choice: the setting.
        recorded: all terms that some entity has, ancestors included.
    """
    if choice == "prevalence":
        return (), ()
    there = set(recorded)
    missing = tuple(term_id for term_id in CLINICAL_TERMS if term_id not in there)
    found = tuple(term_id for term_id in CLINICAL_TERMS if term_id in there)
    return found, about_ids("unknown_id", "clinical terms", "recorded for no entity", missing)
