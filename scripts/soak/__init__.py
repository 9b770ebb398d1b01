"""Sync for a simulated year in one process, and tell what grew: see `__main__`."""
