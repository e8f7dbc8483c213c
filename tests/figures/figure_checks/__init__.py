"""The parts of the figure checker: what was drawn, and one module of checks for each kind of fault."""
