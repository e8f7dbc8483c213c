"""A result to a figure: figure model, layout in points, drawing."""
