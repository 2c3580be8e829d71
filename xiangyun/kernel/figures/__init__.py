"""Numbers for pages and screens: definition, value, as-of, completeness, and the rows behind each."""
