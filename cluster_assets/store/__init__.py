"""Our own tables: the cache of summaries and the evidence behind them. No business decisions."""
