"""The prompts: templates, versions, and the fence that separates data from instructions.

Data is JSON between two lines with a nonce, new for each call, so that no label can close the
fence; `core.summary.view` decides how much of a packet is shown. The data can be read back from a
prompt (`extract_packet`, `fenced_json`), which the offline writer for programs that call litellm
and the scripted model server of the tests rely on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue

from cluster_assets.core.identity import canonical_json, sha256_hex
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType, EvidencePacket
from cluster_assets.core.summary.findings import Finding
from cluster_assets.core.summary.reading import wire_schema
from cluster_assets.core.summary.view import lines_of, packet_from_view, packet_view
from cluster_assets.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Environment

Role = Literal["system", "user"]
Fenced = Literal["PACKET", "ITEMS"]
Prompt = tuple[tuple[Role, str], ...]
WRITER_NAME = "writer-2"
MAX_FEEDBACK = 20
_FOLDER = Path(__file__).parent
_NONCE = re.compile(r"[0-9a-zA-Z]{8,64}")
_FENCE = re.compile(
    r"^<<<(?P<what>PACKET|ITEMS) (?P<nonce>[0-9a-zA-Z]{8,64})\n"
    r"(?P<body>.*?)\n(?P=what) (?P=nonce)>>>$",
    re.MULTILINE | re.DOTALL,
)
_TOKENS: Mapping[ClusterType, str] = {
    "functional": "`{{N}}` the size of the cluster, `{{E01}}` the label of a row, `{{E01.k}}` "
    "`{{E01.n}}` `{{E01.fdr}}` its numbers, `{{G:SYMBOL}}` a member gene.",
    "phenotype": "`{{N}}` the size of the cluster, `{{E01}}` `{{I01}}` `{{Q01}}` the label of a "
    "row, `{{E01.k}}` `{{E01.n}}` `{{E01.v}}` `{{Q01.mean}}` `{{Q01.overall_mean}}` its numbers.",
}


def writer_messages(
    packet: EvidencePacket, feedback: Sequence[Finding] = (), *, nonce: str
) -> Prompt:
    """Return the messages that ask for a summary, as pairs of role and content.

    Args:
        packet: the evidence; the prompt holds its view.
        feedback: faults of an earlier attempt: codes and spans of the checks, no prose.
        nonce: 8 to 64 letters and digits, new for each call.
    """
    return (
        ("system", _render_writer(packet.cluster_type)),
        (
            "user",
            render_template(
                "packet.j2",
                fence=fence("PACKET", nonce, lines_of(packet_view(packet))),
                feedback=[_feedback(finding) for finding in feedback[:MAX_FEEDBACK]],
            ),
        ),
    )


@lru_cache(maxsize=len(CLUSTER_TYPES))
def writer_prompt_version(cluster_type: ClusterType) -> str:
    """Return a readable name and 16 hex characters over templates and schema."""
    version = digest(("writer.j2", "packet.j2"), wire_schema(cluster_type))
    return f"{cluster_type}-{WRITER_NAME} {version}"


def extract_packet(prompt: str) -> EvidencePacket:
    """Read the view of the packet from a writer's prompt: all rows, no members.

    Raises:
        InputError: `CA-204` when there is none, or it is incomplete.
    """
    return packet_from_view(fenced_json("PACKET", prompt))


def extract_packet_sha256(prompt: str) -> str:
    """Read the hash of the whole packet, which a reply must copy, from a writer's prompt.

    Raises:
        InputError: `CA-204` when there is no packet.
    """
    return str(fenced_json("PACKET", prompt)["packet_hash"])


def fenced_json(what: Fenced, prompt: str) -> dict[str, JsonValue]:
    """Return the JSON object between the fences of a prompt.

    Raises:
        InputError: `CA-204` when there is none.
    """
    for match in _FENCE.finditer(prompt):
        if match["what"] == what:
            return json.loads(match["body"])
    raise InputError("CA-204", f"there is no fenced {what.lower()} in this prompt")


def fence(what: Fenced, nonce: str, body: bytes) -> str:
    """Put JSON between two lines that only the holder of the nonce can write.

    Raises:
        ValueError: the nonce is not 8 to 64 letters and digits, or occurs in the body.
    """
    text = body.decode()
    if not _NONCE.fullmatch(nonce) or nonce in text:
        raise ValueError("a nonce is 8 to 64 letters and digits and does not occur in the data")
    return f"<<<{what} {nonce}\n{text}\n{what} {nonce}>>>"


def render_template(template: str, **values: object) -> str:
    """Render a template of this folder; a name without a value is an error."""
    return _environment().get_template(template).render(**values).strip()


def digest(templates: Sequence[str], schema: Mapping[str, JsonValue]) -> str:
    """Return 16 hex characters over the sources of templates and a wire schema."""
    sources = [(_FOLDER / name).read_text("utf-8") for name in templates]
    return sha256_hex(canonical_json([*sources, schema]))[:16]


@lru_cache(maxsize=len(CLUSTER_TYPES))
def _render_writer(cluster_type: ClusterType) -> str:
    return render_template(
        "writer.j2",
        cluster_type=cluster_type,
        functional=cluster_type == "functional",
        tokens=_TOKENS[cluster_type],
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - prompts are plain text, never shown as HTML
        keep_trailing_newline=True,
    )


def _feedback(finding: Finding) -> str:
    return json.dumps(
        {
            "ref": finding.ref,
            "code": finding.code,
            "span": finding.span,
            "allowed": finding.allowed,
        },
        ensure_ascii=False,
    )
