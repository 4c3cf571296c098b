"""From an evidence packet to a validated summary: schema, prompts, checks, judge, verdict, text.

Nothing here knows how a cluster was found; `core.clustering` is not imported.
"""
