"""One table description, many formats."""
