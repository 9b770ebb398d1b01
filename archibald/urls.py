"""Root URLs."""

from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from access.login import login
from access.passwords import change_password
from archibald import health

handler400 = "archibald.api.bad_request"
handler403 = "archibald.api.forbidden"
handler404 = "archibald.api.not_found"
handler500 = "archibald.api.server_error"

admin.autodiscover()
admin.site.site_header = admin.site.site_title = "Archibald Sync"
admin.site.index_title = _("Customers and their sync")


def no_autocompletion(request: HttpRequest) -> HttpResponse:
    """Answer 404: no form uses the admin's autocompletion, and nothing limits its search."""
    raise Http404


# Swagger UI's page has a script and a style of its own; its files are served from here.
api_docs = csp_update({"script-src": [NONCE], "style-src": [NONCE]})(
    login_required(
        SpectacularSwaggerView.as_view(template_name="sync/api/docs.html"), login_url="admin:login"
    )
)

# A trailing slash below /api/ is optional: see archibald.middleware.
urlpatterns = [
    path("admin/sync/", include("sync.admin.urls")),
    path("admin/autocomplete/", no_autocompletion),
    path("admin/login/", login),
    path("admin/password_change/", change_password),
    path("admin/", admin.site.urls),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", api_docs),
    path("api/", include("sync.api.urls")),
    path("api/", include("customers.api.urls")),
]
