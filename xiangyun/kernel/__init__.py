"""The rooms every platform uses."""
