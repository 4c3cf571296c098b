"""Every error that this package raises on purpose.

    ClusterAssetsError
    ├── SettingsError        CA-1xx  a setting is missing, wrong or contradicts another   (exit 2)
    ├── InputError           CA-2xx  the data that came in cannot be used                 (exit 2)
    ├── ClusteringError      CA-3xx  the data is well formed, no method works on it      (exit 2)
    ├── ModelError           CA-4xx  what a model request can come to
    │   ├── Abort                    the whole batch must stop: key, quota, unknown model (exit 3)
    │   ├── Wait                     the provider asks us to wait; not counted as a retry
    │   ├── Retryable                this request may succeed when sent again
    │   └── ItemFailed               this cluster cannot be written; the others can
    │       └── PromptTooLong        the prompt does not fit into the model's context
    ├── StoreError           CA-5xx  the database cannot be used                          (exit 2)
    └── TextError            CA-7xx  a text that code wrote fails its checks: our fault   (exit 1)

A message says what is wrong, where, and what to do; `code` and `context` are for programs.
Nothing here holds a secret: messages from outside pass through `llm.redact` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ClusterAssetsError(Exception):
    """Base of all errors."""

    def __init__(self, code: str, message: str, **context: object) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.message = message
        self.context: Mapping[str, object] = context

    @property
    def exit_code(self) -> int:
        """What the CLI ends with: 2 for input and settings, 3 for an abort by the provider."""
        return {"1": 2, "2": 2, "3": 2, "4": 3, "5": 2}.get(self.code.removeprefix("CA-")[:1], 1)


class SettingsError(ClusterAssetsError):
    """A setting is missing, wrong or contradicts another."""


class InputError(ClusterAssetsError):
    """Input data cannot be used; `problems` lists each finding with its place."""

    def __init__(
        self, code: str, message: str, problems: Sequence[str] = (), **context: object
    ) -> None:
        shown = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(code, message + shown, **context)
        self.problems = tuple(problems)


class ClusteringError(ClusterAssetsError):
    """The data is well formed, but a method cannot work on it."""


class ModelError(ClusterAssetsError):
    """What a model request can come to when it does not come to a reply."""


class Abort(ModelError):
    """No request of this batch can succeed: bad key, no quota, unknown model."""


class Wait(ModelError):
    """The provider asks for a pause of `retry_after_s` seconds."""

    def __init__(
        self, code: str, message: str, retry_after_s: float | None = None, **context: object
    ) -> None:
        super().__init__(code, message, **context)
        self.retry_after_s = retry_after_s


class Retryable(ModelError):
    """The same request may succeed when it is sent again."""


class ItemFailed(ModelError):
    """This cluster cannot be written by this model; the others can."""


class PromptTooLong(ItemFailed):
    """The prompt does not fit into the model's context."""


class StoreError(ClusterAssetsError):
    """The database cannot be used."""


class TextError(ClusterAssetsError):
    """A text that code wrote fails its own checks; its cluster stays without one."""
