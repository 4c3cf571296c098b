"""Removing secrets from outside text before it is shown, logged or stored.

Every message of a provider, a driver or a library passes through `redact` first.
"""

from __future__ import annotations

import os
import re

MASK = "[redacted]"
MAX_CHARS = 300
_SECRET_NAME = re.compile(
    r"(API_?KEY|_KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)(_ID|_BEDROCK)?$", re.I
)
_MIN_SECRET = 6  # shorter values would mask ordinary words
_SHAPES = (
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{6,}"),
    re.compile(r"\b(?:sk|pk|rk)-[\w-]{16,}"),
    re.compile(r"\bAIza[\w-]{30,}"),
    re.compile(r"\b(?:gsk|xai|hf|ghp|gho|glpat|r8)[_-][\w-]{16,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+)?"),
    re.compile(
        r"(?i)(?<=[?&])[\w.-]*(?:key|token|sig|signature|secret|password|passwd|pwd|auth|code"
        r"|credential)=[^&\s\"'<>]+"
    ),
    re.compile(
        r"(?i)\b(?:x-)?(?:goog-)?api[_-]?key\b[\"']?\s*[:=]\s*[\"']?(?:b[\"'])?[^\s\"',}&]{6,}"
    ),
)
# Up to the last `@`: a password may contain unencoded `@`, `/`, `?` and `#`
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@\"'`<>]*):[^\s\"'`<>]+(?=@)")
_URL_TOKEN = re.compile(r"(?<=://)[^\s/:@\"'`<>]+(?=@)")


def redact(text: str) -> str:
    """Return the first 300 characters of the text, without secrets.

    Secrets are the values of environment variables that are named like keys, strings with the
    known shapes of keys, authorization headers and passwords in URLs.
    """
    return mask(text)[:MAX_CHARS]


def mask(text: str) -> str:
    """Return the whole text without secrets."""
    for secret in _secrets():
        text = text.replace(secret, MASK)
    text = _URL_PASSWORD.sub(rf"\1:{MASK}", text)
    text = _URL_TOKEN.sub(MASK, text)
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    return text


def _secrets() -> list[str]:
    """Return the secret values of the environment, longest first.

    Each line counts on its own as well: a library may print a line break in a key differently.
    """
    values = {
        part.strip()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name)
        for part in (value, *value.splitlines())
        if len(part.strip()) >= _MIN_SECRET
    }
    return sorted(values, key=len, reverse=True)
