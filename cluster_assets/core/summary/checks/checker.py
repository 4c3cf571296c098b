"""Runs all checks over a summary and acts on their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points

from pydantic import JsonValue

from cluster_assets.core.models import EvidencePacket, Vocabulary
from cluster_assets.core.packet import packet_from_dict, packet_sha256
from cluster_assets.core.summary.caveats import required_caveats
from cluster_assets.core.summary.checks import (
    direction,
    evidence,
    form,
    genes,
    numbers,
    terms,
    whole,
    wording,
)
from cluster_assets.core.summary.checks.context import Context
from cluster_assets.core.summary.checks.pruning import remove, repair
from cluster_assets.core.summary.checks.report import CheckReport, Severity
from cluster_assets.core.summary.checks.words import PhraseIndex
from cluster_assets.core.summary.confidence import lower
from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.reading import validate_summary
from cluster_assets.core.summary.schema import Summary

VOCABULARY_GROUP = "cluster_assets.vocabulary"
EMPTY_VOCABULARY = Vocabulary(labels={}, synonyms={}, symbols={}, aliases={})


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its code, the consequence of a finding, and the pure function."""

    code: str
    severity: Severity
    run: Callable[[Context], Iterator[Finding]]


CHECKS: tuple[Check, ...] = (
    Check("D01", "reject", form.enough_items),
    Check("D02", "prune", evidence.cites_existing_rows),
    Check("D03", "prune", evidence.terms_agree),
    Check("D04", "prune", evidence.genes_are_members),
    Check("D04b", "prune", genes.genes_are_annotated),
    Check("D05", "prune", genes.genes_are_in_packet),
    Check("D05b", "prune", genes.aliases_are_true),
    Check("D06", "prune", numbers.numbers_in_role),
    Check("D07", "prune", evidence.ids_are_in_packet),
    Check("D08", "prune", direction.direction_agrees),
    Check("D09", "prune", terms.terms_are_in_packet),
    Check("D09c", "prune", terms.named_terms_are_cited),
    Check("D10", "prune", wording.no_cause_or_certainty),
    Check("D11", "reject", wording.no_advice),
    Check("D12", "reject", form.no_foreign_text),
    Check("D13", "repair", whole.caveats_present),
    Check("D14", "repair", whole.confidence_within_evidence),
    Check("D15", "low", whole.main_signal_covered),
    Check("D16", "reject", form.hash_is_echoed),
    Check("D17", "low", whole.differs_from_siblings),
    Check("D18", "prune", wording.no_molecules_in_phenotypes),
    Check("D22", "prune", numbers.quantifiers_hold),
    Check("D23", "prune", wording.inheritance_is_in_packet),
)
SEVERITIES: Mapping[str, Severity] = {check.code: check.severity for check in CHECKS}


class Checker:
    """Checks summaries against their packets with one vocabulary, prepared once.

    Args:
        vocabulary: official terms and gene symbols; without one, texts are checked against the
            packet alone.
    """

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or EMPTY_VOCABULARY
        self._terms = PhraseIndex.build(
            (phrase, term_id)
            for term_id, label in self.vocabulary.labels.items()
            for phrase in (label, *self.vocabulary.synonyms.get(term_id, ()))
            if terms.is_searchable(phrase, label)
        )

    def check(
        self,
        summary: Summary,
        packet: EvidencePacket,
        siblings: Sequence[str] = (),
        sha256: str | None = None,
    ) -> CheckReport:
        """Check a summary.

        Args:
            summary: of the packet's cluster type, with tokens.
            packet: the evidence it was written from.
            siblings: texts of the other clusters of the clustering.
            sha256: the hash that it must echo; defaults to the hash of the packet.
        """
        context = Context(
            summary=summary,
            packet=packet,
            packet_sha256=sha256 or packet_sha256(packet),
            vocabulary=self.vocabulary,
            terms=self._terms,
            siblings=siblings,
        )
        findings = tuple(finding for check in CHECKS for finding in check.run(context))
        return _report(context, findings)

    def check_json(
        self,
        value: object,
        packet: EvidencePacket,
        siblings: Sequence[str] = (),
        sha256: str | None = None,
    ) -> CheckReport:
        """Check a JSON value: its form first, and nothing else if that is wrong."""
        parsed = validate_summary(value, packet.cluster_type)
        if parsed.value is None:
            return CheckReport(parsed.findings, None, rejected=("D01",))
        return self.check(parsed.value, packet, siblings, sha256)


def check_summary(
    summary: Mapping[str, JsonValue],
    packet: Mapping[str, JsonValue],
    vocabulary: Vocabulary | None = None,
    siblings: Sequence[str] = (),
) -> CheckReport:
    """Check one summary, given with its packet as plain dicts; build a `Checker` to check many.

    Args:
        summary: in the acceptance schema.
        packet: as written by `packet_to_dict`; rows need no `kind`, and a `packet_hash` is taken
            as it is.
        vocabulary: official terms and symbols; defaults to the installed vocabulary
            (`installed_checker`).
        siblings: texts of the other clusters.
    """
    checker = installed_checker() if vocabulary is None else Checker(vocabulary)
    content = {key: value for key, value in packet.items() if key != "packet_hash"}
    sha256 = packet.get("packet_hash")
    return checker.check_json(
        summary, packet_from_dict(content), siblings, None if sha256 is None else str(sha256)
    )


@lru_cache(maxsize=1)
def installed_checker() -> Checker:
    """Return a checker with the vocabulary of an installed package, loaded once.

    The core reads no files. A package registers a function that returns a `Vocabulary` under the
    entry point group `cluster_assets.vocabulary`; without one, only the packet is used.
    """
    for point in entry_points(group=VOCABULARY_GROUP):
        return Checker(point.load()())
    return Checker()


def _report(context: Context, findings: tuple[Finding, ...]) -> CheckReport:
    rejected = {f.code for f in findings if SEVERITIES[f.code] == "reject"}
    faults = [f for f in findings if SEVERITIES[f.code] == "prune"]
    rejected |= {f.code for f in faults if f.ref == "title"}
    pruned = tuple(dict.fromkeys(f.ref for f in faults if f.ref != "title"))
    summary = repair(
        remove(context.summary, pruned),
        required_caveats(context.packet),
        lower(context.summary.confidence, context.derived_confidence),
    )
    n_claims = len(summary.claims)
    if n_claims < min(form.MIN_CLAIMS, len(context.summary.claims)):
        rejected |= {f.code for f in faults if f.ref.startswith("claim.")}
    return CheckReport(findings, summary, pruned, tuple(sorted(rejected)), n_claims)
