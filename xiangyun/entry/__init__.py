"""The doors: where the outside comes in, where a transaction opens and who and where are set."""
