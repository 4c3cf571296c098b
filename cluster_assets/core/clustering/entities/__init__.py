"""Phenotype clustering: disease entities by recorded terms (MCA, Ward), told by v-tests."""
