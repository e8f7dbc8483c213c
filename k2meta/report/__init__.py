"""Sentences and documents."""
