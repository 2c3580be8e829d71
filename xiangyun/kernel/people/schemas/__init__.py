"""Wire shapes of the register, one file a noun."""
