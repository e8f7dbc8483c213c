"""Companions of the forest plot: one module a figure."""
