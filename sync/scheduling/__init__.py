"""When a sync is due, and what queues it."""
