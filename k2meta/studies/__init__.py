"""The door: reading, checks, conversions, effect sizes, bundled data."""
