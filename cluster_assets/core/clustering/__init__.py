"""From an input to a finished clustering: what both wings of methods share.

Nothing here knows of summaries; `core.summary` is not imported.
"""
