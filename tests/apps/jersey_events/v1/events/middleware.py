"""What happens to every request."""

import logging

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

log = logging.getLogger(__name__)


class DatabaseUnavailable:
    """Locked, missing or not migrated: worth another try later."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 where Django would answer 500."""
        if not isinstance(error, OperationalError):
            return None
        log.error("database: %s", error)
        return JsonResponse({"detail": "the database is unavailable"}, status=503)
