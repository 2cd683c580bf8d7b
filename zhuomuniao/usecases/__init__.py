"""What the office does: plain typed functions, no screen, no files of their own."""
