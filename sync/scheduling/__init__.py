"""The schedule, what queues a sync, and whether a cluster is well."""
