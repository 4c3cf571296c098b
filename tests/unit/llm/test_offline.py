"""The offline writer: true texts with no model, also for those who call litellm."""

from __future__ import annotations

import asyncio
import json

import pytest

from cluster_assets.core.identity import cluster_hash
from cluster_assets.core.models import EvidencePacket, EvidenceRow, Member
from cluster_assets.core.packet import build_packet, packet_sha256
from cluster_assets.core.summary.prompts import writer_messages
from cluster_assets.core.summary.reading import wire_schema
from cluster_assets.core.summary.template import template_summary
from cluster_assets.errors import InputError, ItemFailed, SettingsError
from cluster_assets.llm.clients import make_client
from cluster_assets.llm.litellm_client import LitellmClient
from cluster_assets.llm.model import OFFLINE_MODEL, Message, ModelRequest, Purpose
from cluster_assets.llm.offline import OfflineClient
from cluster_assets_bench.testing.replies import understand
from support.packets import plain


def packet() -> EvidencePacket:
    members = [Member(f"HGNC:{i}", f"GENE{i}") for i in range(1, 9)]
    rows = [
        EvidenceRow("", "term", "GO:BP", f"GO:000000{i}", f"process {word}", 1e-9, fdr=1e-7,
                    k=5, n=8, genes=tuple(f"GENE{j}" for j in range(1, 6)))
        for i, word in enumerate(["transport", "signalling", "repair"], 1)
    ]  # fmt: skip
    return build_packet(
        cluster_type="functional",
        cluster_hash=cluster_hash("functional", [member.id for member in members], "HGNC"),
        name="Transport (8 genes)",
        members=members,
        rows=rows,
        data_releases={"GO": "2026-01-01"},
    )


def request(purpose: Purpose = "write", *messages: Message) -> ModelRequest:
    written = writer_messages(packet(), nonce="n" * 12)
    return ModelRequest(
        purpose=purpose,
        cluster_hash=packet().cluster_hash,
        messages=messages or tuple(Message(role, content) for role, content in written),
        wire_schema=wire_schema("functional"),
        schema_name="functional_summary",
    )


def test_it_writes_the_template_summary() -> None:
    reply = asyncio.run(OfflineClient().complete(request()))
    assert json.loads(reply.text) == plain(template_summary(packet()))
    assert (reply.model, reply.cost_usd, reply.finish_reason) == (OFFLINE_MODEL, None, "stop")


def test_it_does_not_judge() -> None:
    with pytest.raises(ItemFailed):
        asyncio.run(OfflineClient().complete(request("judge")))


def test_a_prompt_without_a_packet() -> None:
    with pytest.raises(InputError):
        asyncio.run(OfflineClient().complete(request("write", Message("user", "hello"))))


def test_make_client() -> None:
    offline = make_client(OFFLINE_MODEL)
    assert isinstance(offline, OfflineClient)
    assert not offline.uses_network
    online = make_client("openai/gpt-5.4-mini", "http://127.0.0.1:1/v1", 5)
    assert isinstance(online, LitellmClient)
    assert online.uses_network
    with pytest.raises(SettingsError):
        make_client("gpt-5.4-mini")


def test_the_tests_server_writes_for_the_packet_in_the_prompt() -> None:
    prompt = "\n".join(message.content for message in request().messages)
    task = understand(prompt, {})
    assert task.purpose == "write"
    assert (task.cluster_hash, task.packet_sha256) == (
        packet().cluster_hash,
        packet_sha256(packet()),
    )
    assert json.loads(task.text) == plain(template_summary(packet()))
