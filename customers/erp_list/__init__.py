"""Read a customer list into records and compare it with stored customers: pure functions, no Django."""
