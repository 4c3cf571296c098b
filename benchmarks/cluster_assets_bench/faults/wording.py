"""Faults of wording: cause, certainty, clinic, molecules, inheritance; and of meaning alone."""

from __future__ import annotations

from cluster_assets_bench.faults.base import Clean, Draw, Fault, added, edited, fault, reworded

FUNCTIONAL = ("functional",)
PHENOTYPE = ("phenotype",)
_CAUSES = (
    "{} is caused by these members{}.", "These members drive {}{}.", "The members lead to {}{}.",
    "{} results from changes of the members{}.", "The members are responsible for {}{}.",
    "{} is due to loss of the members{}.", "Loss of the members gives rise to {}{}.",
    "The members trigger {}{}.", "The members underlie {}{}.", "The members explain {}{}.",
)  # fmt: skip
_CERTAIN = (
    "The members always show {}{}.", "{} is invariably present in the members{}.",
    "{} is without doubt the mark of the cluster{}.", "The data prove that the members share {}{}.",
    "All patients have {}{}.", "{} is certainly shared by the members{}.",
    "{} is pathognomonic of the cluster{}.", "{} never fails to appear in the members{}.",
)  # fmt: skip
_CLINIC = (
    "{} confirms the diagnosis in these members{}.", "{} is diagnostic of this cluster{}.",
    "{} allows to diagnose the members{}.", "Finding {} establishes a diagnosis{}.",
)  # fmt: skip
_PROGNOSIS = (
    "{} predicts a severe course of the members{}.", "{} goes with a poor prognosis{}.",
    "{} shortens life expectancy in the members{}.", "{} increases the risk of early death{}.",
    "{} is linked to worse outcomes of the members{}.",
)  # fmt: skip
_TREATMENT = (
    "Members with {} should be treated early{}.", "{} responds to therapy in the members{}.",
    "A dose of 10 mg helps where {} is found{}.", "Patients with {} need surgery{}.",
    "{} calls for a ketogenic diet{}.", "Carriers with {} should be monitored{}.",
    "Drugs that act on {} are recommended{}.", "Management of {} begins with medication{}.",
)  # fmt: skip
_MOLECULAR = (
    "The genes behind {} are shared{}.", "{} points to ion channels{}.",
    "{} reflects a signaling defect{}.", "Mutations stand beside {}{}.",
    "{} goes with changed proteins{}.", "{} suggests a synaptic pathway{}.",
)  # fmt: skip
_MODES = (
    "autosomal dominant inheritance", "autosomal recessive inheritance", "X-linked inheritance",
    "mitochondrial inheritance", "X-linked recessive inheritance", "digenic inheritance",
    "Y-linked inheritance", "sporadic occurrence",
)  # fmt: skip


@fault("claims")
def cause_claimed(draw: Draw) -> Fault:
    """Cause instead of association."""
    return _said(draw.clean, draw.rng.choice(_CAUSES))


@fault("claims")
def certainty_claimed(draw: Draw) -> Fault:
    """Absolute wording."""
    return _said(draw.clean, draw.rng.choice(_CERTAIN))


@fault("claims")
def diagnosis_claimed(draw: Draw) -> Fault:
    """A diagnostic statement."""
    return _said(draw.clean, draw.rng.choice(_CLINIC))


@fault("claims")
def prognosis_claimed(draw: Draw) -> Fault:
    """A prognostic statement."""
    return _said(draw.clean, draw.rng.choice(_PROGNOSIS))


@fault("claims")
def treatment_advised(draw: Draw) -> Fault:
    """Advice on treatment or management."""
    return _said(draw.clean, draw.rng.choice(_TREATMENT))


@fault("claims", PHENOTYPE)
def molecules_in_phenotypes(draw: Draw) -> Fault:
    """Molecular wording about disease entities."""
    return _said(draw.clean, draw.rng.choice(_MOLECULAR))


@fault("claims")
def inheritance_unsupported(draw: Draw) -> Fault | None:
    """A mode of inheritance that no cited row has."""
    labels = " ".join(row.label.casefold() for row in draw.clean.packet.rows)
    modes = [mode for mode in _MODES if mode.split()[0].casefold() not in labels]
    if "autosomal" not in labels or not modes:
        modes = modes or ["X-linked inheritance"]
    return added(draw.clean, f", with {draw.rng.choice(modes)}")


@fault("claims", PHENOTYPE)
def inheritance_of_another_mode(draw: Draw) -> Fault | None:
    """The inheritance row under another mode."""
    if not draw.clean.summary["inheritance"]:
        return None
    label = draw.clean.summary["inheritance"][0]["label"]
    others = [mode.capitalize() for mode in _MODES if mode.casefold() != label.casefold()]
    return Fault(
        edited(draw.clean, "inheritance.0.label", draw.rng.choice(others)), ("inheritance.1",)
    )


@fault("meaning")
def meaning_soft_overclaim(draw: Draw) -> Fault:
    """More than the row says, in careful words."""
    return _said(draw.clean, draw.rng.choice((
        "{} is what this cluster is about{}.", "{} is central to every aspect of the cluster{}.",
        "{} sums up the biology of the members{}.",
    )))  # fmt: skip


@fault("meaning")
def meaning_vague_mechanism(draw: Draw) -> Fault:
    """A mechanism that no row names, in no official words."""
    return _said(draw.clean, draw.rng.choice((
        "The members work together to keep {} in balance{}.", "The members act in concert on {}{}.",
        "A shared programme ties the members to {}{}.",
    )))  # fmt: skip


@fault("meaning")
def meaning_rows_joined(draw: Draw) -> Fault | None:
    """Two true rows joined into a relation that nothing shows."""
    rows = [row for row in draw.clean.packet.rows if row.kind == "term" and row.direction == "over"]
    if len(rows) < 2:
        return None
    one, other = draw.rng.sample(rows, 2)
    claim = {
        **draw.clean.summary["claims"][0],
        "evidence": [one.id, other.id],
        **({} if draw.clean.functional else {"polarity": "over"}),
        "text": f"The members with {{{{{one.id}}}}} are the very ones with {{{{{other.id}}}}} too.",
    }
    return Fault(edited(draw.clean, "claims.0", claim), ("claim.1",))


@fault("meaning")
def meaning_scope_widened(draw: Draw) -> Fault:
    """A statement about more than the cluster."""
    return _said(draw.clean, draw.rng.choice((
        "{} is typical of neurodevelopmental disease in general{}.",
        "{} marks this whole area of medicine{}.", "People at large show {} in this way{}.",
    )))  # fmt: skip


@fault("meaning")
def meaning_lay_synonym(draw: Draw) -> Fault | None:
    """Something that is not in the rows, in everyday words."""
    return added(draw.clean, draw.rng.choice((
        ", and trouble with walking", ", and a small head", ", and brittle bones",
        ", and problems at school", ", and a weak heart", ", and poor eyesight",
    )))  # fmt: skip


def _said(clean: Clean, way: str) -> Fault:
    """Return the fault that the first claim says something of its row in other words."""
    row = clean.rows()[0]
    side = "" if clean.functional else (
        ", more often than elsewhere" if row.direction == "over" else ", less often than elsewhere"
    )  # fmt: skip
    return reworded(clean, "In this cluster: " + way.format(f"{{{{{row.id}}}}}", side))
