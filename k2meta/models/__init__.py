"""Effects to a fit."""
