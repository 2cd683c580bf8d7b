"""Draws tables and forms: xlsx, and plain values for ``--json``."""
