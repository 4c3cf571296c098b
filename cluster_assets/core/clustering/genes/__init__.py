"""Functional clustering: genes by interactions (Leiden), described by enriched terms."""
