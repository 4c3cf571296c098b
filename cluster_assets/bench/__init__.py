"""Benchmarks: what the parts are worth, measured; nothing of the product imports from here."""
