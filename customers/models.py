"""Customers as in the last ERP list, and their changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.erp_list.records import ERP_ID_MAX_DIGITS, MONEY_DECIMALS, MONEY_MAX_DIGITS, TEXT_MAX_CHARS


class Customer(models.Model):
    """One customer of the ERP. Written only by ``customers.services``.

    ``missing_since`` is set by the first list without the customer, ``removed_at`` by the second in a row.
    ``changed_at`` is when a field last changed. The fields that staff search are indexed.
    """

    class Status(models.TextChoices):
        """Derived from the dates; ``selectors.in_status`` is the same as a query."""

        ACTIVE = "active", _("in the last list")
        MISSING = "missing", _("missing once")
        REMOVED = "removed", _("removed")

    erp_id = models.CharField(_("ID in the ERP"), max_length=ERP_ID_MAX_DIGITS, unique=True)
    name = models.CharField(_("name"), max_length=TEXT_MAX_CHARS, blank=True, db_index=True)
    customer_profile = models.CharField(_("customer profile"), max_length=TEXT_MAX_CHARS, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=TEXT_MAX_CHARS, blank=True, db_index=True)
    pec = models.CharField(_("certified e-mail (PEC)"), max_length=TEXT_MAX_CHARS, blank=True)
    sdi = models.CharField(_("e-invoice code (SDI)"), max_length=TEXT_MAX_CHARS, blank=True)
    fiscal_code = models.CharField(_("fiscal code"), max_length=TEXT_MAX_CHARS, blank=True)
    delivery_terms = models.CharField(_("delivery terms"), max_length=TEXT_MAX_CHARS, blank=True)
    street = models.CharField(_("street"), max_length=TEXT_MAX_CHARS, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=TEXT_MAX_CHARS, blank=True)
    city = models.CharField(_("city"), max_length=TEXT_MAX_CHARS, blank=True, db_index=True)
    phone = models.CharField(_("phone"), max_length=TEXT_MAX_CHARS, blank=True, db_index=True)
    mobile = models.CharField(_("mobile phone"), max_length=TEXT_MAX_CHARS, blank=True)
    url = models.CharField(_("web address"), max_length=TEXT_MAX_CHARS, blank=True)
    attention_to = models.CharField(_("for the attention of"), max_length=TEXT_MAX_CHARS, blank=True)
    last_order_date = models.DateField(_("last order"), null=True, blank=True)
    actual_order_count = models.IntegerField(_("orders, this period"), null=True, blank=True)
    actual_sales = models.DecimalField(
        _("sales, this period"),
        max_digits=MONEY_MAX_DIGITS,
        decimal_places=MONEY_DECIMALS,
        null=True,
        blank=True,
    )
    previous_order_count_1 = models.IntegerField(_("orders, previous period"), null=True, blank=True)
    previous_sales_1 = models.DecimalField(
        _("sales, previous period"),
        max_digits=MONEY_MAX_DIGITS,
        decimal_places=MONEY_DECIMALS,
        null=True,
        blank=True,
    )
    previous_order_count_2 = models.IntegerField(_("orders, period before"), null=True, blank=True)
    previous_sales_2 = models.DecimalField(
        _("sales, period before"),
        max_digits=MONEY_MAX_DIGITS,
        decimal_places=MONEY_DECIMALS,
        null=True,
        blank=True,
    )
    description = models.CharField(_("description"), max_length=TEXT_MAX_CHARS, blank=True)
    type = models.CharField(_("type"), max_length=TEXT_MAX_CHARS, blank=True)
    external_account_number = models.CharField(
        _("external account number"), max_length=TEXT_MAX_CHARS, blank=True
    )
    our_account_number = models.CharField(_("our account number"), max_length=TEXT_MAX_CHARS, blank=True)
    # Optional columns; their types are assumed (see `customers.erp_list.columns`).
    exclusive_active = models.CharField(_("exclusive"), max_length=TEXT_MAX_CHARS, blank=True)
    exclusive_period_start = models.DateField(_("exclusive from"), null=True, blank=True)
    exclusive_period_end = models.DateField(_("exclusive until"), null=True, blank=True)
    exclusive_sales_forecast = models.DecimalField(
        _("exclusive: sales forecast"),
        max_digits=MONEY_MAX_DIGITS,
        decimal_places=MONEY_DECIMALS,
        null=True,
        blank=True,
    )
    exclusive_sales_in_period = models.DecimalField(
        _("exclusive: sales in the period"),
        max_digits=MONEY_MAX_DIGITS,
        decimal_places=MONEY_DECIMALS,
        null=True,
        blank=True,
    )
    mechanographic_number = models.CharField(
        _("mechanographic number"), max_length=TEXT_MAX_CHARS, blank=True
    )
    extra = models.JSONField(_("unknown columns"), default=dict, blank=True)

    content_hash = models.CharField(_("content hash"), max_length=64)
    first_seen_at = models.DateTimeField(_("first seen"))
    changed_at = models.DateTimeField(_("last changed"), db_index=True)
    missing_since = models.DateTimeField(_("missing since"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering: ClassVar = ["name", "erp_id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.erp_id})"

    @property
    def status(self) -> Status:
        if self.removed_at is not None:
            return self.Status.REMOVED
        return self.Status.ACTIVE if self.missing_since is None else self.Status.MISSING


class CustomerChange(models.Model):
    """The changes of one customer in one run.

    ``fields`` maps each changed field to its ``old`` and ``new`` value as text, null for empty; an extra
    column is named ``extra.`` and its caption. For a new customer they are all fields that have a value.
    ``run_id`` is not a foreign key, since changes are kept longer than runs.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("new")
        UPDATED = "updated", _("updated")
        RESTORED = "restored", _("restored")
        MISSING = "missing", _("missing")
        REMOVED = "removed", _("removed")

    # Old values are personal data, so deleting a customer deletes its changes. A sync deletes nothing.
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        to_field="erp_id",
        related_name="changes",
    )
    run_id = models.PositiveBigIntegerField(_("run"))
    changed_at = models.DateTimeField(_("changed"), db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    fields = models.JSONField(_("fields"), default=dict, blank=True)
    # Its place in the change feed: changes are numbered in the order in which they were committed.
    position = models.BigIntegerField(unique=True, editable=False)

    class Meta:
        verbose_name = _("customer change")
        verbose_name_plural = _("customer changes")
        ordering: ClassVar = ["-changed_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run_id", "customer"], name="one_change_per_customer_and_run")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class ErasedCustomer(models.Model):
    """A customer that was deleted with all its changes, to tell the readers of the change feed."""

    position = models.BigIntegerField(unique=True, editable=False)
    erp_id = models.CharField(_("ID in the ERP"), max_length=ERP_ID_MAX_DIGITS)
    erased_at = models.DateTimeField(_("erased"))

    class Meta:
        verbose_name = _("erased customer")
        verbose_name_plural = _("erased customers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.erp_id


class FeedHead(models.Model):
    """The last position of the change feed, in one row.

    A transaction that writes changes updates it first, which locks it until the commit: the positions are in
    the order of the commits, and whoever reads a position here can also read every change up to it.
    """

    last = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.last)


FEED_KINDS = [*CustomerChange.Kind.choices, ("erased", _("erased"))]
