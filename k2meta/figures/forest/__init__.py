"""The forest plot: from results to rows, columns and pages."""
