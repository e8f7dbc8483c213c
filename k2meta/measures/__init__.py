"""Effect measures: raw rows to effects and sampling variances, through one registry."""
