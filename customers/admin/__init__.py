"""The staff's pages of the customers."""

from customers.admin import customers  # noqa: F401  # importing it registers them
