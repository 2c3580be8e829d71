"""What people and administrators do: sign in and out, accounts, posts, slips, keys."""
