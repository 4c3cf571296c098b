"""The offline writer: answers from the evidence of a request, without a model or a network.

It uses the same requests, checks and verdicts as a language model, and its texts are labelled as
its own.
"""

from __future__ import annotations

import json
import time

from cluster_assets.core.summary.prompts import extract_packet, extract_packet_sha256
from cluster_assets.core.summary.schema import Summary
from cluster_assets.core.summary.template import template_summary
from cluster_assets.errors import ItemFailed
from cluster_assets.llm.failures import CODES
from cluster_assets.llm.model import OFFLINE_MODEL, ModelReply, ModelRequest


class OfflineClient:
    """Writes template summaries and judges nothing."""

    model = OFFLINE_MODEL
    uses_network = False

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer the request at once.

        Raises:
            ItemFailed: `CA-460` for a request to judge.
            InputError: `CA-204`, neither the request nor its prompt has a packet.
        """
        if request.purpose != "write":
            raise ItemFailed(
                CODES["refused"], "the offline writer cannot judge a summary", outcome="refused"
            )
        started = time.monotonic()
        if request.packet is not None:
            text = _dump(template_summary(request.packet))
        else:
            text = offline_text("\n".join(message.content for message in request.messages))
        return ModelReply(
            text=text,
            model=self.model,
            tokens_in=None,
            tokens_out=None,
            cost_usd=None,
            latency_s=time.monotonic() - started,
        )


def offline_text(prompt: str) -> str:
    """Return the JSON of the template summary for the packet view in a prompt."""
    return _dump(template_summary(extract_packet(prompt), extract_packet_sha256(prompt)))


def _dump(summary: Summary) -> str:
    return json.dumps(summary.model_dump(mode="json"), ensure_ascii=False)
