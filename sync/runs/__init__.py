"""The life cycle of a run: its states, lease, progress, log, artifacts and removal."""
