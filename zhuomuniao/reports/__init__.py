"""Builders of what is handed in: cases in, plain tables out; drawing them is another room's work (render)."""
