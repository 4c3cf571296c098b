"""Phenotype clustering: entities by recorded terms (MCA, Ward), described by v-tests."""
