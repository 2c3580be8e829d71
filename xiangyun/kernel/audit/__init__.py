"""Who did or saw what: insert-only, sealed into one hash chain a town."""
