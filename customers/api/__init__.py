"""The REST API of the customers, and what the REST calls of all apps share."""
