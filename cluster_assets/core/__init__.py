"""The pure domain: what a cluster is, what is known about it, what may be said about it.

Nothing here depends on Dagster, a model client, a database, the environment, the network or the
clock; randomness comes in as a seed.
"""
