"""URLs of the staff's pages, below ``/admin/sync/``."""

from django.urls import path

from sync.admin import panel, schedule_page

app_name = "sync_admin"

urlpatterns = [
    path("now/", panel.page, name="page"),
    path("now/live/", panel.live, name="live"),
    path("now/start/", panel.start, name="start"),
    path("now/cancel/", panel.cancel, name="cancel"),
    path("now/resume/", panel.resume, name="resume"),
    path("schedule/", schedule_page.schedule_page, name="schedule"),
]
