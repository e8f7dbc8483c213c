"""Panels with two axes: the ground that companions of the forest plot stand on."""
