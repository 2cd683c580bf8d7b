"""What a clerk types: parse, call one use case, show."""
