"""Judged summaries for clusters of disease genes, cached by membership."""

__version__ = "0.1.0"
