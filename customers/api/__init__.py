"""The REST API of the customers; `base` is shared with other apps."""
