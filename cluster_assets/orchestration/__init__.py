"""The only place that imports Dagster: assets, partitions, sensor, jobs, and their wiring."""
