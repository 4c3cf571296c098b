"""From checked tables to the inputs of the clusterings: one gene universe, unique rows, notices."""
