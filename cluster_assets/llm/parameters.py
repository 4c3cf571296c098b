"""The parameters that a model at an address accepts, learned from what it refuses.

Price maps do not know aliases, deployments and self-hosted servers, so the first refusal decides:
the parameter is dropped or replaced, and stays so for the life of the client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from cluster_assets.llm.bodies import ProviderError, as_mapping

Structure = Literal["json_schema", "json_object", "prompt"]
STRUCTURES: tuple[Structure, ...] = ("json_schema", "json_object", "prompt")
LIMIT_NAMES = ("max_tokens", "max_completion_tokens", None)
DROPPABLE = ("temperature", "seed", "reasoning_effort", "service_tier")
LEAST_OUTPUT_TOKENS = 512  # with less room the prompt is what is too long
_REFUSED = re.compile(
    r"unsupported|not support|unavailable|not available|unrecogni[sz]ed|unknown|unexpected|"
    r"not permitted|not allowed|invalid|deprecated|only the default|cannot be|use '|fail|"
    r"too many states|must be",
    re.I,
)
_STRUCTURE = re.compile(
    r"response_?format|json_schema|json_object|structured output|response_?schema|"
    r"response_?mime_?type|output_(?:format|config)|specified schema|grammar",
    re.I,
)
_LIMIT_NAME = re.compile(r"max_tokens|max_completion_tokens", re.I)
_OUTPUT = re.compile(r"max_tokens|max_completion_tokens|completion|output", re.I)
# Context size, then the tokens of the prompt
_ROOM = (
    re.compile(r"context length is (\d+) tokens.{0,80}?has (\d+) input tokens", re.I | re.S),
    re.compile(
        r"context length is (\d+) tokens.{0,60}?requested (?:about )?\d+ tokens \((\d+) ",
        re.I | re.S,
    ),
    re.compile(r"context limit: (?=\d+ \+ \d+ > (\d+))(\d+)", re.I),
)
_LARGEST = re.compile(
    r"at most (\d+) (?:completion|output) tokens|> (\d+), which is the maximum|"
    r"less than or equal to `?(\d+)|range of max_tokens is \[\d+, ?(\d+)\]",
    re.I,
)


class Parameters:
    """What one client sends; `learn` changes it.

    Attributes:
        structure: how the form of the reply is asked for.
        limit_name: name of the parameter for the output limit, None to send none.
        dropped: parameters that are no longer sent.
        max_tokens: largest output limit that is accepted, None if unknown.
    """

    def __init__(self) -> None:
        self.structure: Structure = "json_schema"
        self.limit_name: str | None = LIMIT_NAMES[0]
        self.dropped: set[str] = set()
        self.max_tokens: int | None = None

    def sent(
        self, max_tokens: int, temperature: float, response_format: Mapping[str, object] | None
    ) -> dict[str, object]:
        """Return the parameters to send; `response_format` is None to send none."""
        wanted: dict[str, object] = {"temperature": temperature}
        if response_format is not None:
            wanted["response_format"] = response_format
        if self.limit_name is not None:
            wanted[self.limit_name] = self._output_limit(max_tokens)
        return {name: value for name, value in wanted.items() if name not in self.dropped}

    def _output_limit(self, wanted: int) -> int:
        return wanted if self.max_tokens is None else min(wanted, self.max_tokens)

    def learn(self, error: ProviderError, sent: Mapping[str, object]) -> str | None:
        """Change what a refusal names.

        Args:
            error: the refusal.
            sent: the parameters of the refused request. Requests in flight side by side are
                refused for the same parameter: each is repeated, the change is made once.

        Returns:
            What changed, None if the refusal names nothing that was sent and can be changed.
        """
        return (
            self._lower_limit(error, sent)
            or self._rename_limit(error, sent)
            or self._drop(error, sent)
            or self._simplify(error, sent)
        )

    def _lower_limit(self, error: ProviderError, sent: Mapping[str, object]) -> str | None:
        limit, room = _sent_limit(sent), _room(error.message)
        if limit is None or room is None or not LEAST_OUTPUT_TOKENS <= room < limit:
            return None
        self.max_tokens = self._output_limit(room)
        return f"the output limit is lowered to {self.max_tokens} tokens"

    def _rename_limit(self, error: ProviderError, sent: Mapping[str, object]) -> str | None:
        if _sent_limit(sent) is None or not _names(error, _LIMIT_NAME):
            return None
        used = next(name for name in LIMIT_NAMES if name in sent)
        following = LIMIT_NAMES[LIMIT_NAMES.index(used) + 1]
        if self.limit_name == used:
            self.limit_name = following
        return f"`{used}` is replaced by `{following}`" if following else f"`{used}` is dropped"

    def _drop(self, error: ProviderError, sent: Mapping[str, object]) -> str | None:
        for name in DROPPABLE:
            if name in sent and _names(error, re.compile(rf"(?<![\w-]){name}(?![\w-])", re.I)):
                self.dropped.add(name)
                return f"`{name}` is dropped"
        return None

    def _simplify(self, error: ProviderError, sent: Mapping[str, object]) -> str | None:
        form = as_mapping(sent.get("response_format"))
        if form is None or not _names(error, _STRUCTURE):
            return None
        used: Structure = "json_schema" if form.get("type") == "json_schema" else "json_object"
        following = STRUCTURES[STRUCTURES.index(used) + 1]
        if STRUCTURES.index(self.structure) <= STRUCTURES.index(used):
            self.structure = following
        return f"the form of the reply is asked for by `{following}`"


def _names(error: ProviderError, name: re.Pattern[str]) -> bool:
    """Return whether an error refuses the parameter."""
    if error.param:
        return name.search(error.param) is not None
    return bool(name.search(error.message) and _REFUSED.search(error.message))


def _sent_limit(sent: Mapping[str, object]) -> int | None:
    limits = (sent.get(name) for name in LIMIT_NAMES if name is not None)
    return next((limit for limit in limits if isinstance(limit, int)), None)


def _room(message: str) -> int | None:
    """Return the tokens that are left for the reply, None if the message does not tell."""
    if not _OUTPUT.search(message):
        return None
    if largest := _LARGEST.search(message):
        return int(next(number for number in largest.groups() if number))
    found = next((match for pattern in _ROOM if (match := pattern.search(message))), None)
    return int(found[1]) - int(found[2]) if found else None
