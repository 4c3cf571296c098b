"""Answers of the scripted server that a test words itself: bodies recorded from providers.

The faults of `faults` look alike in all wire formats; these show what one provider alone does, and
may depend on what was asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from cluster_assets_bench.testing.wire import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """What requests of one kind get.

    Attributes:
        status: HTTP status.
        body: the whole body; None for the good reply, changed as the other fields say.
        containing: only requests whose JSON contains this text.
        output_over: only requests that ask for more tokens than this.
        prefix: text before the text of the good reply.
        suffix: text after it.
        changes: fields that replace those of the good reply.
        in_parts: whether the content is a list of parts (OpenAI's format).
    """

    status: int = 200
    body: Json | None = None
    containing: str = ""
    output_over: int = 0
    prefix: str = ""
    suffix: str = ""
    changes: Json = field(default_factory=dict)
    in_parts: bool = False

    def applies(self, request: Json) -> bool:
        """Return whether a request gets this answer."""
        asked = request.get("max_tokens") or request.get("max_completion_tokens") or 0
        is_over = not self.output_over or asked > self.output_over
        return is_over and self.containing in json.dumps(request, ensure_ascii=False)

    def around(self, text: str) -> str:
        """Return the text of the good reply with what stands around it."""
        return self.prefix + text + self.suffix

    def body_from(self, reply: Json) -> Json:
        """Return the body, made from the good reply if none is set."""
        if self.body is not None:
            return self.body
        if self.in_parts:
            message = reply["choices"][0]["message"]
            half = len(message["content"]) // 2
            texts = (message["content"][:half], message["content"][half:])
            message["content"] = [{"type": "text", "text": text} for text in texts]
        return {**reply, **self.changes}


def answer_for(answers: Sequence[Answer], request: Json) -> Answer | None:
    """Return the first answer that applies to a request, None for the usual one."""
    return next((answer for answer in answers if answer.applies(request)), None)
