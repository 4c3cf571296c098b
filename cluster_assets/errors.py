"""All errors that this package raises deliberately.

    ClusterAssetsError
    ├── SettingsError        CA-1xx  a setting is missing, wrong or contradicts another   (exit 2)
    ├── InputError           CA-2xx  the data that came in cannot be used                 (exit 2)
    ├── ClusteringError      CA-3xx  the data is valid, but the method fails on it       (exit 2)
    ├── ModelError           CA-4xx  a model request that ended without a reply
    │   ├── Abort                    the whole batch must stop: key, quota, unknown model (exit 3)
    │   ├── Wait                     the provider asks us to wait; not counted as a retry
    │   ├── ParameterRefused         the client has changed a parameter: send it again, no retry
    │   ├── Retryable                this request may succeed when sent again
    │   └── ItemFailed               this cluster cannot be written; the others can
    │       └── PromptTooLong        the prompt does not fit into the model's context
    ├── StoreError           CA-5xx  the database cannot be used                          (exit 2)
    └── TextError            CA-7xx  a text written by code fails its checks: a bug       (exit 1)

A message says what is wrong, where, and what to do; `code` and `context` are for programs. Errors
contain no secrets: messages from outside pass through `llm.redact` first.
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
        """Exit code of the CLI: 2 for input, settings, database; 3 for an abort by the provider."""
        return {"1": 2, "2": 2, "3": 2, "4": 3, "5": 2}.get(self.code.removeprefix("CA-")[:1], 1)


class SettingsError(ClusterAssetsError):
    """A setting is missing, wrong or contradicts another."""


class InputError(ClusterAssetsError):
    """Input data cannot be used; `problems` lists each problem with its place."""

    def __init__(
        self, code: str, message: str, problems: Sequence[str] = (), **context: object
    ) -> None:
        shown = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(code, message + shown, **context)
        self.problems = tuple(problems)


class ClusteringError(ClusterAssetsError):
    """The data is valid, but the clustering method fails on it."""


class ModelError(ClusterAssetsError):
    """A model request ended without a usable reply."""


class Abort(ModelError):
    """No request of this batch can succeed: bad key, no quota, unknown model."""


class Wait(ModelError):
    """The provider asks for a pause of `retry_after_s` seconds."""

    def __init__(
        self, code: str, message: str, retry_after_s: float | None = None, **context: object
    ) -> None:
        super().__init__(code, message, **context)
        self.retry_after_s = retry_after_s


class ParameterRefused(ModelError):
    """The provider refuses a parameter; the client sends the request differently from now on."""


class Retryable(ModelError):
    """The same request may succeed if it is sent again."""


class ItemFailed(ModelError):
    """This model cannot write this cluster; it can write others."""


class PromptTooLong(ItemFailed):
    """The prompt does not fit into the model's context."""


class StoreError(ClusterAssetsError):
    """The database cannot be used."""


class TextError(ClusterAssetsError):
    """A text written by code fails its checks; its cluster stays without a text."""
