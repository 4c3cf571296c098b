"""The assets; each is fetch, one call, metadata. What they compute is not decided here."""
