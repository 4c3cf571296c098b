"""The offline writer as a provider of litellm, for programs that call litellm themselves."""

from __future__ import annotations

import asyncio
import json

import pytest

from cluster_assets.core.summary.prompts import writer_messages
from cluster_assets.core.summary.template import template_summary
from cluster_assets.llm.litellm_client import import_litellm
from cluster_assets.llm.model import OFFLINE_MODEL
from cluster_assets.llm.offline_provider import register_offline_provider
from support.packets import functional_packet, plain


@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm")
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")
def test_programs_that_call_litellm_have_the_offline_writer_too() -> None:
    register_offline_provider()
    register_offline_provider()  # a second time changes nothing
    litellm = import_litellm()
    packet = functional_packet()
    messages = [
        {"role": role, "content": content}
        for role, content in writer_messages(packet, nonce="n" * 12)
    ]
    reply = litellm.completion(model=OFFLINE_MODEL, messages=messages)
    assert json.loads(reply.choices[0].message.content) == plain(template_summary(packet))
    again = asyncio.run(litellm.acompletion(model=OFFLINE_MODEL, messages=messages))
    assert again.choices[0].message.content == reply.choices[0].message.content
    with pytest.raises(litellm.BadRequestError, match="no fenced packet"):
        litellm.completion(model=OFFLINE_MODEL, messages=[{"role": "user", "content": "hello"}])
