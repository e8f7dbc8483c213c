"""The bundled data sets: one folder each, with ``data.csv`` and ``card.toml``."""
