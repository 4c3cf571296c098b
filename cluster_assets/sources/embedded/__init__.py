"""The HPO data that comes with the installation: where its files are, and how it names genes."""
