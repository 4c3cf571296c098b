"""Helpers of the tests: planted data, processes. No tests live here."""
