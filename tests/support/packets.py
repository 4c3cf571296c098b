"""Hand-written small packets, a small vocabulary and true summaries, for tests of the truth."""

from __future__ import annotations

import copy
from typing import Any

from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member, Vocabulary
from cluster_assets.core.packet import build_packet, packet_sha256
from cluster_assets.core.summary.reading import validate_summary
from cluster_assets.core.summary.schema import Summary

NONCE = "0123456789abcdef"
GENES = {
    "SHANK3": "HGNC:14294",
    "SYNGAP1": "HGNC:11497",
    "GRIN2B": "HGNC:4586",
    "DLG4": "HGNC:2903",
    "NRXN1": "HGNC:8008",
    "STXBP1": "HGNC:11444",
    "SET": "HGNC:10760",
    "KIT": "HGNC:6342",
    "NLGN3": "HGNC:14289",
    "HOMER1": "HGNC:17512",
    "CNTNAP2": "HGNC:13830",
    "SLC6A1": "HGNC:11042",
}

VOCABULARY = Vocabulary(
    labels={
        "GO:0014069": "postsynaptic density",
        "GO:0007268": "chemical synaptic transmission",
        "GO:0006936": "muscle contraction",
        "GO:0007612": "learning",
        "GO:0050804": "modulation of chemical synaptic transmission",
        "GO:0043269": "positive regulation of ion transport",
        "GO:0043271": "negative regulation of ion transport",
        "HP:0001250": "Seizure",
        "HP:0002373": "Febrile seizure (within the age range of 3 months to 6 years)",
        "HP:0001344": "Absent speech",
        "HP:0001256": "Intellectual disability, mild",
        "HP:0001249": "Intellectual disability",
        "HP:0000518": "Cataract",
        "HP:0000717": "Autism",
        "HP:0001252": "Hypotonia",
        "HP:0001276": "Hypertonia",
        "HP:0000007": "Autosomal recessive inheritance",
        "HP:0000252": "Microcephaly",
        "HP:0000256": "Macrocephaly",
        "HP:0000707": "Abnormality of the nervous system",
    },
    synonyms={
        "HP:0001250": ("Epileptic seizure", "Fits"),
        "HP:0002373": ("Febrile seizure",),
        "HP:0001252": ("Low muscle tone",),
        "HP:0000518": ("Clouding of the lens", "CAT"),
    },
    symbols={
        **GENES,
        "MECP2": "HGNC:6990",
        "BRCA1": "HGNC:1100",
        "CAT": "HGNC:1516",
        "REST": "HGNC:9966",
        "EGFR": "HGNC:3236",
        "F11R": "HGNC:14685",
        "IFI16": "HGNC:5395",
        "PYHIN1": "HGNC:28894",
        "NOTCH1": "HGNC:7881",
    },
    aliases={
        "PROSAP2": frozenset({"HGNC:14294"}),
        "MRD5": frozenset({"HGNC:11497"}),
        "PSD95": frozenset({"HGNC:2903"}),
        "IFIX": frozenset({"HGNC:28894"}),
        "RETT": frozenset({"HGNC:6990"}),
    },
    gene_names={
        "HGNC:14294": "SH3 and multiple ankyrin repeat domains 3",
        "HGNC:8008": "neurexin 1 REST partner",
    },
)


def functional_packet() -> EvidencePacket:
    """Six genes of synapses; GO, Reactome and HPO rows."""
    symbols = ["SHANK3", "SYNGAP1", "GRIN2B", "DLG4", "NRXN1", "STXBP1"]
    rows = [
        _term("GO:CC", "GO:0014069", "postsynaptic density", 1e-9, symbols[:5]),
        _term("GO:BP", "GO:0007268", "chemical synaptic transmission", 3.2e-6, symbols[1:6]),
        _term("REAC", "R-HSA-451326", "NOTCH1 signaling at synapses", 2e-4, symbols[:3]),
        _term("HPO", "HP:0001344", "Absent speech", 0.004, [symbols[0], symbols[1], symbols[5]]),
        _term("HPO", "HP:0001250", "Seizure", 0.01, [symbols[1], symbols[5]]),
    ]
    return _packet("functional", [Member(GENES[s], s) for s in symbols], rows)


def phenotype_packet() -> EvidencePacket:
    """Forty entities with absent speech and hypotonia, few seizures, mostly recessive."""
    rows = [
        _feature("HP:0001344", "Absent speech", 14.2, 36),
        _feature("HP:0001252", "Hypotonia", 9.8, 30),
        _feature("HP:0000252", "Microcephaly", 5.1, 18),
        _feature("HP:0001250", "Seizure", -6.3, 4),
        _feature("HP:0000518", "Cataract", -2.4, 1),
        EvidenceRow(
            id="",
            kind="inheritance",
            source="HPO",
            term_id="HP:0000007",
            label="Autosomal recessive inheritance",
            p=1e-5,
            v=4.4,
            k=29,
            n=40,
        ),
        EvidenceRow(
            id="",
            kind="count",
            source="",
            term_id="n_phenotypes",
            label="Recorded terms per entity",
            p=1e-4,
            v=-3.9,
            direction="under",
            mean=31.4,
            overall_mean=52.9,
        ),
    ]
    return _packet("phenotype", _entities(40), rows)


def depleted_packet() -> EvidencePacket:
    """Twenty-five entities that stand out only by what is rarely recorded."""
    rows = [
        _feature("HP:0001250", "Seizure", -8.3, 1, n=25),
        _feature("HP:0001252", "Hypotonia", -5.0, 2, n=25),
        _feature("HP:0001344", "Absent speech", -3.1, 3, n=25),
    ]
    return _packet("phenotype", _entities(25), rows)


def large_packet() -> EvidencePacket:
    """A thousand entities, as the peer's judge once refused on every attempt."""
    rows = [
        _feature("HP:0001252", "Hypotonia", 22.1, 801, n=1000),
        _feature("HP:0001344", "Absent speech", 9.4, 322, n=1000),
        *(
            _feature(f"HP:00{90000 + i}", f"Feature {i} of the list", -20.0 + i / 2, i, n=1000)
            for i in range(30)
        ),
    ]
    return _packet("phenotype", _entities(1000), rows)


def small_packet() -> EvidencePacket:
    """Three genes and one term: the least that a model may be asked about."""
    symbols = ["SHANK3", "DLG4", "HOMER1"]
    rows = [_term("GO:CC", "GO:0014069", "postsynaptic density", 0.002, symbols)]
    return _packet("functional", [Member(GENES[s], s) for s in symbols], rows)


def bare_packet() -> EvidencePacket:
    """Genes with nothing in common."""
    return _packet("functional", [Member(GENES[s], s) for s in ("SET", "KIT")], [])


def functional_summary() -> dict[str, Any]:
    """A true summary of `functional_packet`, as a good model would write it."""
    return {
        "schema_version": "2.0",
        "cluster_type": "functional",
        "packet_hash": packet_sha256(functional_packet()),
        "insufficient_evidence": False,
        "claims": [
            {
                "evidence": ["E01", "E02"],
                "kind": "function",
                "hedge": "stated",
                "genes": [],
                "text": "The {{N}} genes are enriched for {{E01}} ({{E01.k}} of {{N}}), {{E02}}.",
            },
            {
                "evidence": ["E01"],
                "kind": "composition",
                "hedge": "stated",
                "genes": ["SHANK3", "DLG4"],
                "text": "{{G:SHANK3}} and {{G:DLG4}} are among the members annotated to {{E01}}.",
            },
            {
                "evidence": ["E04"],
                "kind": "phenotype_association",
                "hedge": "suggested",
                "genes": [],
                "text": "Among phenotypes, {{E04}} is linked to {{E04.k}} of the {{E04.n}} genes.",
            },
        ],
        "key_themes": [
            {"evidence": ["E01"], "label": "Postsynaptic density"},
            {"evidence": ["E02"], "label": "Synaptic transmission"},
        ],
        "pathways": [
            {"evidence": "E01", "term_id": "GO:0014069", "label": "postsynaptic density"},
            {"evidence": "E02", "term_id": "GO:0007268", "label": "Chemical synaptic transmission"},
        ],
        "clinical_relevance": [],
        "tags": [
            {"evidence": "E01", "tag": "postsynapse"},
            {"evidence": "E02", "tag": "synaptic transmission"},
            {"evidence": "E04", "tag": "absent speech"},
        ],
        "caveats": ["statistical_association_only", "small_cluster", "not_for_clinical_use"],
        "confidence": "low",
        "title": {"evidence": ["E01"], "text": "Organisation of the {{E01}}"},
    }


def phenotype_summary() -> dict[str, Any]:
    """A true summary of `phenotype_packet`, as a good model would write it."""
    return {
        "schema_version": "2.0",
        "cluster_type": "phenotype",
        "packet_hash": packet_sha256(phenotype_packet()),
        "insufficient_evidence": False,
        "claims": [
            {
                "evidence": ["E01", "E02"],
                "kind": "phenotype_over",
                "hedge": "stated",
                "polarity": "over",
                "text": "{{E01}} ({{E01.k}} of {{N}}) and {{E02}} are recorded more often.",
            },
            {
                "evidence": ["E04"],
                "kind": "phenotype_under",
                "hedge": "stated",
                "polarity": "under",
                "text": "{{E04}} is recorded less often: in {{E04.k}} of {{E04.n}} entities.",
            },
            {
                "evidence": ["I01"],
                "kind": "inheritance",
                "hedge": "stated",
                "polarity": "over",
                "text": "{{I01}} is more frequent here than among all entities.",
            },
        ],
        "key_themes": [{"evidence": ["E01"], "label": "Absent speech"}],
        "notably_absent": [{"evidence": "E04", "term_id": "HP:0001250", "label": "Seizure"}],
        "clinical_pattern": {"evidence": ["E01"], "value": "undetermined"},
        "inheritance": [
            {
                "evidence": "I01",
                "term_id": "HP:0000007",
                "label": "Autosomal recessive inheritance",
            }
        ],
        "syndromicity": "unknown",
        "clinical_relevance": [],
        "tags": [
            {"evidence": "E01", "tag": "absent speech"},
            {"evidence": "E02", "tag": "hypotonia"},
            {"evidence": "E03", "tag": "microcephaly"},
        ],
        "caveats": ["statistical_association_only", "absence_not_excluded", "not_for_clinical_use"],
        "confidence": "medium",
        "title": {"evidence": ["E01", "E02"], "text": "{{E01}} with {{E02}}"},
    }


def changed(summary: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with one place changed: `claims.0.text`."""
    copied = copy.deepcopy(summary)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    target: Any = copied
    for step in steps:
        target = target[step]
    target[last] = value
    return copied


def typed(summary: dict[str, Any] | Summary) -> Summary:
    """Return the model of a summary given as JSON values."""
    if not isinstance(summary, dict):
        return summary
    parsed = validate_summary(summary, summary["cluster_type"])
    assert parsed.value is not None, parsed.findings
    return parsed.value


def plain(summary: Summary | None) -> dict[str, Any]:
    """Return the JSON values of a summary."""
    assert summary is not None
    return summary.model_dump(mode="json")


def _term(source: str, term_id: str, label: str, fdr: float, genes: list[str]) -> EvidenceRow:
    return EvidenceRow(
        id="",
        kind="term",
        source=source,
        term_id=term_id,
        label=label,
        p=fdr / 10,
        fdr=fdr,
        k=len(genes),
        n=3 if len(genes) == 3 and term_id == "GO:0014069" else 6,
        genes=tuple(sorted(genes)),
    )


def _feature(term_id: str, label: str, v: float, k: int, n: int = 40) -> EvidenceRow:
    return EvidenceRow(
        id="",
        kind="term",
        source="HPO",
        term_id=term_id,
        label=label,
        p=10.0 ** -abs(v),
        v=v,
        k=k,
        n=n,
        direction="over" if v > 0 else "under",
    )


def _entities(n: int) -> list[Member]:
    return [Member(f"HGNC:{i}|OMIM:{100000 + i}|HP:0000007", f"Disorder {i}") for i in range(n)]


def _packet(cluster_type: Any, members: list[Member], rows: list[EvidenceRow]) -> EvidencePacket:
    return build_packet(
        cluster_type=cluster_type,
        cluster_hash="ab" * 32,
        name=f"Test cluster ({len(members)})",
        members=members,
        rows=rows,
        data_releases={"HPO": "2025-01-16"},
    )
