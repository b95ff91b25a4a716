"""Consentry's rooms, in the order the data passes through them.

settings    environment and `.env` -> Settings; the only reader of the environment
transport   Settings -> an HTTP session that trusts the right certificate authority
identity    Settings -> access tokens, through MSAL
graph       tokens -> pages of bytes; HTTP and OData, knows no tables
entra       pages -> raw tables; the dlt source, knows no HTTP
warehouse   raw tables -> built, tested and published marts; the only opener of DuckDB files
cli         the verbs a person types; the only module that prints

`errors` stands beside them: every failure a person may read, in one tree. The flows that order these steps are in
`flows/`, the SQL models in `sql/`, a pretend tenant to run all of it against in `simulator/`.
"""
