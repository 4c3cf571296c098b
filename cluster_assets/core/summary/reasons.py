"""Why a text is not just accepted: a fixed list of reasons, and the words that readers see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

# Why a template replaces a model's text; decides when the cluster is due again
StandIn = Literal["no_model", "outage", "error", "rejected"]

REASONS: Mapping[str, str] = {
    "no_model": "No language model was configured; code wrote this text from the evidence.",
    "model_unavailable": "The language model could not be reached; code wrote this text.",
    "model_failed": "The language model gave no usable reply; code wrote this text.",
    "model_rejected": "No text of the language model passed the checks; code wrote this one.",
    "template_failed": "No text passed the checks, that of code included: a fault of the software.",
    "insufficient_evidence": "There is too little evidence for more than a bare statement.",
    "statements_removed": "Statements that could not be confirmed were removed.",
    "judge_unavailable": "The text passed all checks of code, but could not be judged yet.",
    "judge_incomplete": "The judge did not label every statement.",
    "overclaim": "A statement may claim more than the evidence carries.",
    "inconsistent": "Two statements may not fit together.",
    "main_signal_missing": "The strongest evidence is not covered.",
    "near_duplicate": "The text hardly differs from that of another cluster.",
    "weak_evidence": "The evidence itself is weak.",
    "wrong_form": "The reply did not have the required form.",
    "too_few_statements": "Fewer than two statements could be confirmed.",
    "title_unconfirmed": "The title could not be confirmed.",
    "main_signal_contradicted": "A statement on the strongest evidence contradicts it.",
    "treatment_advice": "The text spoke of treatment or management.",
    "foreign_text": "The text held instructions, addresses or markup.",
    "other_packet": "The text belongs to other evidence.",
}
STAND_IN_REASONS: Mapping[StandIn, str] = {
    "no_model": "no_model",
    "outage": "model_unavailable",
    "error": "model_failed",
    "rejected": "model_rejected",
}
REJECT_REASONS: Mapping[str, str] = {
    "D01": "wrong_form",
    "D11": "treatment_advice",
    "D12": "foreign_text",
    "D16": "other_packet",
}
