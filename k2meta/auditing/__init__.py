"""Published numbers against recomputed ones."""
