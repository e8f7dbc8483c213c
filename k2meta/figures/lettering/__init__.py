"""Faces and numbers: which face draws a character, how wide a text is, how a number is printed."""
