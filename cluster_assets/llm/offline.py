"""The offline writer: answers from the evidence in the prompt, with no model and no network.

It goes through the same requests, checks and verdicts as a language model, and everything that it
writes is labelled as what it is.
"""

from __future__ import annotations

import json
import time

from cluster_assets.core.prompts import extract_packet
from cluster_assets.core.template import template_summary
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
            InputError: no packet is in the prompt.
        """
        if request.purpose != "write":
            raise ItemFailed(
                CODES["refused"], "the offline writer cannot judge a summary", outcome="refused"
            )
        started = time.monotonic()
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
    """Return the JSON of the template summary for the packet in a prompt."""
    return json.dumps(template_summary(extract_packet(prompt)), ensure_ascii=False)
