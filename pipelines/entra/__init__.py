"""Pages -> raw tables: the dlt source `entra`. Collections are rows of one table; HTTP does not live here."""
