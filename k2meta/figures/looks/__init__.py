"""What a figure is before it has words: themes, rows and columns as pure data, the display list."""
