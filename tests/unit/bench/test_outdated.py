"""`make outdated`: names of models that retire soon, on a day that the test gives."""

from __future__ import annotations

from datetime import date

import pytest

from cluster_assets_bench.testing.outdated import find_retiring, retirements

PRICE_MAP = {
    "gpt-old-mini": {"litellm_provider": "openai"},
    "gpt-old-mini-2025-08-07": {"litellm_provider": "openai", "deprecation_date": "2026-12-11"},
    "gpt-two": {"litellm_provider": "openai"},
    "gpt-two-2025-01-01": {"litellm_provider": "openai", "deprecation_date": "2026-12-11"},
    "gpt-two-2026-01-01": {"litellm_provider": "openai"},
    "claude-old": {"litellm_provider": "anthropic", "deprecation_date": "2026-11-30"},
    "gemini/gemini-old-flash": {"litellm_provider": "gemini", "deprecation_date": "2027-03-01"},
    "azure/gpt-two": {"litellm_provider": "azure", "deprecation_date": "2026-12-01"},
}
TEXT = "MODEL=gemini/gemini-old-flash # or `openai/gpt-old-mini`\n\nanthropic/claude-old gpt-two\n"


@pytest.mark.parametrize(
    ("today", "names"),
    [
        (date(2026, 9, 1), []),
        (date(2026, 10, 10), [(3, "anthropic/claude-old")]),
        (date(2026, 11, 27), [(1, "openai/gpt-old-mini"), (3, "anthropic/claude-old")]),
        (
            date(2027, 1, 5),
            [
                (1, "gemini/gemini-old-flash"),
                (1, "openai/gpt-old-mini"),
                (3, "anthropic/claude-old"),
            ],
        ),
    ],
)
def test_what_retires_within_60_days(today: date, names: list[tuple[int, str]]) -> None:
    found = find_retiring([("README.md", TEXT)], retirements(PRICE_MAP), today)
    assert [(item.line, item.name) for item in found] == names
