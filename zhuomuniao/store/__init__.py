"""The only code that touches ledger files."""
