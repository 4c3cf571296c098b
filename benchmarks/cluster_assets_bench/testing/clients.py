"""A model client that answers from a script, for tests that need no server."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from cluster_assets.llm.model import ModelReply, ModelRequest

Step = ModelReply | Exception | str


class ScriptedClient:
    """Answers each request with the next step: a text, a whole reply, or an error that it raises.

    Attributes:
        requests: what was asked, in order.
    """

    def __init__(
        self,
        steps: Iterable[Step] | Callable[[ModelRequest], Step],
        *,
        model: str = "openai/scripted",
        uses_network: bool = True,
    ) -> None:
        self.model = model
        self.uses_network = uses_network
        self.requests: list[ModelRequest] = []
        self._next = steps if callable(steps) else _in_order(steps)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer with the next step."""
        self.requests.append(request)
        step = self._next(request)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, ModelReply) else reply(step, model=self.model)


def reply(text: str, *, model: str = "openai/scripted", finish_reason: str = "stop") -> ModelReply:
    """Return a reply with plausible figures."""
    return ModelReply(
        text=text,
        model=model,
        tokens_in=100,
        tokens_out=50,
        cost_usd=0.001,
        latency_s=0.01,
        finish_reason=finish_reason,
    )


def _in_order(steps: Iterable[Step]) -> Callable[[ModelRequest], Step]:
    left = deque(steps)
    return lambda _: left.popleft()
