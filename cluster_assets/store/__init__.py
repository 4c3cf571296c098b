"""Our own tables: the cache of summaries and what they rest on. No business decision here."""
