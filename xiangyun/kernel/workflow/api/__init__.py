"""Matters, work, inboxes, rules and duty over HTTP, one file a noun."""
