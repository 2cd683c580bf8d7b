"""Builders that return plain tables."""
