"""Processes that are killed, servers that are down or hang: what was promised is kept all the same."""
