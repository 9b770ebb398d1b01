"""URLs of the customers below ``/api/``."""

from django.urls import path, register_converter

from customers.api import views
from customers.erp_list.records import ERP_ID_MAX_DIGITS


class ErpIdConverter:
    regex = f"[0-9]{{1,{ERP_ID_MAX_DIGITS}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ErpIdConverter, "erp_id")

urlpatterns = [
    path("customers", views.CustomerListView.as_view()),
    path("customers/export", views.CustomerExportView.as_view()),
    path("customers/changes", views.ChangeFeedView.as_view()),
    path("customers/<erp_id:erp_id>", views.CustomerView.as_view()),
    path("customers/<erp_id:erp_id>/changes", views.CustomerChangeListView.as_view()),
]
