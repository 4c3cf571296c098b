"""Where genes, interactions, annotations and phenotypes come from. No clustering here.

    hpo, table_source          the two kinds of data source; `catalog` picks one
      -> joining               tables to the inputs of the clusterings
        -> tables, embedded    the user's tables (files, SQL); the HPO data that is installed
          -> formats           how GMT, OBO, HPOA, HGNC, STRING, Parquet and TSV files are read
            -> config, ids, problems, notices

Nothing imports from above its own line.
"""
