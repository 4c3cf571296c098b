"""Functional clustering: genes by their interactions (Leiden), clusters told by enriched terms."""
