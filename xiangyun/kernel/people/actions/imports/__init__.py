"""Tables that come in: people with their homes, homes, land; repeatable, and taken back as a whole."""
