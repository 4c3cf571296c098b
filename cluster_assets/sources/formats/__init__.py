"""How each file format is read: text with delimiters, Parquet, GMT, OBO, HPOA, HGNC, STRING.

A reader knows its format and nothing of settings. Which file plays which part is decided by
`tables` and `embedded`, what the rows mean together by `joining`.
"""
