"""Rules on records: what a stored reading means, and one open alert per rule and subject."""
