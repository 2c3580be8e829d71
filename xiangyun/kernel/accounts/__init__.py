"""People who log in, their posts, sessions, one-time links and slips, and the keys of machines."""
