"""What is handed to BI tools: measures, an Apache Superset bundle and a Power BI model, all made from the marts' contract.

`measures` say what is counted, in SQL and in DAX; `datasets` what a tool reads; `charts` and `board` what the Superset
dashboard shows; `superset` and `powerbi` write both as the files that lie beside them. `python -m docs.generate` (or `make docs`)
writes the files anew.
"""
