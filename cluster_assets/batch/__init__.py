"""Clustering and batches: all new clusters from packet to verdict, concurrently. No Dagster."""
