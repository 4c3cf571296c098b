"""Small sound tables for the tests of sources, and a way to write them with a change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cluster_assets.sources.config import SourceConfig

SOUND: Mapping[str, str] = {
    "genes.tsv": "gene_id\tsymbol\nHGNC:1\tAA\nHGNC:2\tBB\nHGNC:3\tCC\n",
    "interactions.tsv": "gene_a\tgene_b\tweight\nHGNC:1\tHGNC:2\t0.9\nHGNC:2\tHGNC:3\t0.5\n",
    "annotations.tsv": (
        "gene_id\tterm_id\tsource\nHGNC:1\tGO:1\tGO:BP\nHGNC:2\tGO:1\tGO:BP\nHGNC:3\tHP:0001250\tHPO\n"
    ),
    "terms.tsv": "term_id\tlabel\nGO:1\tion transport\nHP:0001250\tfits\n",
    "entities.tsv": (
        "entity_id\tgene_id\tdisease_id\tdisease_name\tinheritance_id\n"
        "1\tHGNC:1\tOMIM:1\tOne disease\tHP:0000006\n"
        "2\tHGNC:2\tOMIM:2\tTwo disease\tAutosomal recessive inheritance\n"
        "3\t\tOMIM:3\tThree disease\t\n"
    ),
    "phenotypes.tsv": "entity_id\tterm_id\n1\tHP:0001250\n2\tHP:0001250\n3\tHP:0000252\n",
}

OBO = """\
format-version: 1.2
data-version: hp/releases/2025-01-16

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
is_a: HP:0000001

[Term]
id: HP:0001250
name: Seizure
alt_id: HP:0002279
is_a: HP:0000118

[Term]
id: HP:0000252
name: Microcephaly
is_a: HP:0000118

[Term]
id: HP:0000005
name: Mode of inheritance
is_a: HP:0000001

[Term]
id: HP:0000006
name: Autosomal dominant inheritance
synonym: "AD" EXACT abbreviation []
is_a: HP:0000005

[Term]
id: HP:0000007
name: Autosomal recessive inheritance
is_a: HP:0000005
"""


def write(folder: Path, changes: Mapping[str, str | bytes] | None = None) -> SourceConfig:
    """Write the sound tables with some of them changed, and return their configuration."""
    files: dict[str, str | bytes] = {**SOUND, "hp.obo": OBO, **(changes or {})}
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return SourceConfig(
        source="files",
        obo_file=folder / "hp.obo",
        genes_file=folder / "genes.tsv",
        interactions_files=(folder / "interactions.tsv",),
        annotations_files=(folder / "annotations.tsv",),
        terms_file=folder / "terms.tsv",
        entities_file=folder / "entities.tsv",
        entity_phenotypes_file=folder / "phenotypes.tsv",
    )
