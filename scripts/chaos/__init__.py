"""Break a running cluster in seeded rounds, and check after each that everything promised still holds."""
