"""A circuit breaker: keeps a batch from sending requests to a provider that is down.

One per client and batch. It starts with a single request while the others wait: a bad key, model or
quota costs one request, not one per cluster. After several transport failures in a row it opens:
after a pause it sends one probe, and depending on the answer the batch continues or ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from cluster_assets.errors import Abort, ItemFailed, ParameterRefused, Retryable, Wait
from cluster_assets.llm.failures import CODES, OFFLINE_HINT, BadReply

T = TypeVar("T")
State = Literal["unproven", "closed", "open", "given_up"]


class Breaker:
    """Counts consecutive transport failures over all clusters of a batch.

    Args:
        threshold: consecutive failures after which it opens.
        cooldown_s: pause before the probe.
    """

    def __init__(self, *, threshold: int = 5, cooldown_s: float = 30.0) -> None:
        self.state: State = "unproven"
        self._threshold = threshold
        self._cooldown_s = cooldown_s
        self._n_failures = 0
        self._is_probing = False
        self._verdict: Abort | None = None
        self._changed = asyncio.Event()

    async def request(
        self, take_slot: Callable[[], Awaitable[None]], send: Callable[[], Awaitable[T]]
    ) -> T:
        """Send when that is allowed, and record the outcome.

        Args:
            take_slot: waits for the slot of this request.
            send: sends the request.

        Raises:
            Abort: a request of this batch showed that none can succeed, or the probe failed.
        """
        while True:
            is_probe = await self._enter()
            try:
                if self.state == "open":
                    await asyncio.sleep(self._cooldown_s)
                await take_slot()
                if is_probe or self.state == "closed":
                    return await self._watched(send, is_probe=is_probe)
                # It opened while this request waited for its slot: queue again
            finally:
                if is_probe:
                    self._is_probing = False
                self._wake_others()

    async def _enter(self) -> bool:
        """Wait until a request may be sent; return whether it is the probe."""
        while self.state != "closed" and self._verdict is None and self._is_probing:
            await self._changed.wait()
        if self._verdict is not None:
            raise Abort(self._verdict.code, self._verdict.message, **self._verdict.context)
        self._is_probing = self.state != "closed"
        return self._is_probing

    def _wake_others(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _watched(self, send: Callable[[], Awaitable[T]], *, is_probe: bool) -> T:
        try:
            result = await send()
        except Abort as error:
            self._give_up(error)
            raise
        except (BadReply, ItemFailed):
            self._answered()
            raise
        except Retryable as error:
            self._failed(error, is_probe=is_probe)
            raise
        except (Wait, ParameterRefused):
            self._n_failures = 0  # the provider is up; whether the key is valid is still unknown
            raise
        self._answered()
        return result

    def _answered(self) -> None:
        self._n_failures = 0
        if self.state != "given_up":
            self.state = "closed"

    def _failed(self, error: Retryable, *, is_probe: bool) -> None:
        self._n_failures += 1
        if self.state == "open" and is_probe:
            self._give_up(
                Abort(
                    CODES["outage"],
                    f"the provider is unavailable: {self._n_failures} requests in a row failed, the"
                    f" last one {self._cooldown_s:g} s after the others. Try again later,"
                    f" {OFFLINE_HINT}. Last answer: {error.message}",
                    outcome="outage",
                )
            )
        elif self.state != "given_up" and self._n_failures >= self._threshold:
            self.state = "open"

    def _give_up(self, verdict: Abort) -> None:
        if self._verdict is None:
            self.state, self._verdict = "given_up", verdict
