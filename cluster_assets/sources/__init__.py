"""Where genes, interactions, annotations and phenotypes come from. No clustering here."""
