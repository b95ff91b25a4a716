"""Raw tables -> marts that people read. The only opener of DuckDB files: one writer, build (dbt), publish, read."""
