"""The admin pages of the customers."""

from customers.admin import customers  # noqa: F401  # importing registers the admins
