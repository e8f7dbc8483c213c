"""Questions put to a fit."""
