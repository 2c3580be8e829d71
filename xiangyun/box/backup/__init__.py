"""Backups of a box: sealed, unbroken to the last seconds, and restored by a drill before anybody needs them."""
