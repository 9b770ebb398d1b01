"""The ERP's customer list as records, and what it changes: pure functions, no Django."""
