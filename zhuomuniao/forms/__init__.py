"""Printouts built from a row."""
