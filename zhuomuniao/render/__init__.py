"""A table or a form as xlsx."""
