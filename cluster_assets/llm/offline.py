"""The offline writer: answers from the evidence of a request, with no model and no network.

It goes through the same requests, checks and verdicts as a language model, and everything that it
writes is labelled as what it is.
"""

from __future__ import annotations

import json
import time
from typing import Any

from cluster_assets.core.summary.prompts import extract_packet, extract_packet_hash
from cluster_assets.core.summary.template import template_summary
from cluster_assets.errors import ItemFailed
from cluster_assets.llm.failures import CODES
from cluster_assets.llm.model import OFFLINE_MODEL, ModelReply, ModelRequest


class OfflineClient:
    """Writes template summaries; judges nothing."""

    model = OFFLINE_MODEL
    uses_network = False

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer the request at once.

        Raises:
            ItemFailed: `CA-460` for a request to judge.
            InputError: there is no packet, neither beside the prompt nor in it.
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
    """Return the JSON of the template summary for what a prompt shows of a packet."""
    return _dump(template_summary(extract_packet(prompt), extract_packet_hash(prompt)))


def _dump(summary: dict[str, Any]) -> str:
    return json.dumps(summary, ensure_ascii=False)
