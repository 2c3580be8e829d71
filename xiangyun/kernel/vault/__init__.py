"""The keys of the towns: what is personal stands sealed in the database, and is opened here alone."""
