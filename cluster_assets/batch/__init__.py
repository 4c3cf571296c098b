"""One batch: every new cluster from packet to verdict, side by side. Knows nothing of Dagster."""
