"""Things that send: profiles, credentials, presence, and what they sent that could not be read."""
