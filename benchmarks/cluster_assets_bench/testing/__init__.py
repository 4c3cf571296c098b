"""What tests, benchmarks and demonstrations need and production does not: a model server."""
