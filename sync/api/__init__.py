"""The REST API of the sync."""
