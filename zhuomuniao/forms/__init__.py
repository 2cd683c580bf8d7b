"""Papers built from one row: the row stays the only copy of the data."""
