"""The one-machine town box: PostgreSQL, NATS and Caddy under one supervisor, and the `xiangyun` command."""
