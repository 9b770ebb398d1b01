"""The life of a run: claimed, kept alive, ended, looked at, removed."""
