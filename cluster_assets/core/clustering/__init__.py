"""From an input to a finished clustering: genes, entities, and what both methods share.

Nothing here knows about summaries: `core.summary` must not be imported.
"""
