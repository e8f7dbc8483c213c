"""Ticks, limits and their labels."""
