"""Upload a customer list that was exported by hand: it is held for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from customers.actions import Kind, record_action
from customers.api.base import CamelCaseSerializer
from customers.labels import message_text
from sync import permissions, pipeline
from sync.api.serializers import RunDetailSerializer
from sync.api.views import CONFLICT, SteeringView, run_answer
from sync.config import sync_config
from sync.errors import ListError, ReportError, SyncError
from sync.models import SyncRun

_CHUNK_BYTES = 1 << 16
# What a form may have around its file.
_FORM_BYTES = 1 << 16


class UploadTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "report_too_large"
    default_detail = _("The file is larger than allowed by REPORT_MAX_BYTES.")


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Write a form's files to disk, and stop when they are larger together than a report may be."""

    received_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received_bytes += len(raw_data)
        try:
            _check_size(self.received_bytes)
        except UploadTooLarge:
            self.upload_interrupted()
            raise
        super().receive_data_chunk(raw_data, start)


class PdfParser(BaseParser):
    """Write a body that is a PDF to disk, and stop when it is larger than a report may be."""

    media_type = "application/pdf"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, TemporaryUploadedFile]:
        """Return the file as a form would name it."""
        file = TemporaryUploadedFile("list.pdf", self.media_type, 0, None)
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                file.write(chunk)
                _check_size(file.tell())
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return {"file": file}


class UploadSerializer(CamelCaseSerializer):
    file = serializers.FileField(help_text="the PDF")


class UploadView(SteeringView):
    steering_permission = permissions.RUN_SYNC
    parser_classes = (MultiPartParser, PdfParser)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # Before the login: a session's CSRF check reads the form.
        request.upload_handlers = [LimitedUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _check_size(int(request.META.get("CONTENT_LENGTH") or 0) - _FORM_BYTES)

    @extend_schema(
        operation_id="uploadList",
        summary="Upload a list that was exported by hand",
        request={"multipart/form-data": UploadSerializer, "application/pdf": OpenApiTypes.BINARY},
        responses={
            status.HTTP_201_CREATED: RunDetailSerializer,
            **CONFLICT,
            status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: OpenApiResponse(description="the file is too large"),
            status.HTTP_422_UNPROCESSABLE_ENTITY: OpenApiResponse(description="refused: the code says why"),
        },
    )
    def post(self, request: Request) -> Response:
        """Read, prove and compare the list, and hold it for a decision, in a few seconds.

        422 with the code of the refusal where it can't be read or proven; 409 `sync_running`.
        """
        with _uploaded_file(request) as file:
            path = Path(file.temporary_file_path())
            result = pipeline.hold_upload(path, sync_config(), by=request.user.get_username())
        if result.run_id is not None:
            record_action(request, Kind.UPLOADED, run=str(result.run_id))
        if result.state != SyncRun.State.HELD:
            raise _answerable(cast("SyncError", result.error))
        return run_answer(request, cast("int", result.run_id), status.HTTP_201_CREATED)


def _check_size(size_bytes: int) -> None:
    """Raises: UploadTooLarge."""
    if size_bytes > settings.REPORT_MAX_BYTES:
        raise UploadTooLarge


def _uploaded_file(request: Request) -> TemporaryUploadedFile:
    """Raises: ValidationError."""
    file = cast("Mapping[str, Any]", request.data).get("file")
    if not isinstance(file, TemporaryUploadedFile):
        raise ValidationError({"file": [_("Send the PDF as this field of a form, or as the body.")]})
    return file


def _answerable(error: SyncError) -> Exception:
    """Return the refusal of a file as 422; other errors have a status of their own."""
    if not isinstance(error, ReportError | ListError):
        return error
    refusal = APIException(message_text(error.text), error.code)
    refusal.status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    return refusal
