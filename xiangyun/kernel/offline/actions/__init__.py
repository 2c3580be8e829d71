"""What phones and people do with what was written without signal, one file a noun."""
