"""URLs of the sync API, below ``/api/``."""

from django.urls import path

from sync.api import upload, views

urlpatterns = [
    path("customers/sync", views.SyncView.as_view()),
    path("customers/sync/lists", upload.UploadView.as_view()),
    path("customers/sync/cancel", views.CancelView.as_view()),
    path("customers/sync/metrics", views.MetricsView.as_view()),
    path("customers/sync/status", views.StatusView.as_view()),
    path("customers/sync/runs", views.RunListView.as_view()),
    path("customers/sync/runs/<int:run_id>", views.RunView.as_view()),
    path("customers/sync/runs/<int:run_id>/changes", views.RunChangeListView.as_view()),
    path("customers/sync/runs/<int:run_id>/approve", views.ApproveView.as_view()),
    path("customers/sync/runs/<int:run_id>/reject", views.RejectView.as_view()),
    path("admin/sync/frequency", views.FrequencyView.as_view()),
    path("admin/sync/start", views.StartView.as_view()),
    path("admin/sync/stop", views.StopView.as_view()),
    path("admin/sync/resume", views.ResumeView.as_view()),
    path("health/pdf-parser", views.PdfParserView.as_view()),
]
