"""The site as JSON."""

import json
import logging

from django.conf import settings
from django.db import Error, IntegrityError, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.health import NotMigrated, schema
from accounts.models import ArtistProfile, User

log = logging.getLogger(__name__)


class KeyTaken(Exception):
    """Another artist has this key."""


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """What runs, on which schema, and that the database can be read."""
    try:
        return JsonResponse({"status": "ok", "release": settings.RELEASE, "schema": schema()})
    except (Error, NotMigrated) as error:
        # Asked every few seconds: a line each time, no traceback.
        log.error("health: %s", str(error).partition("\n")[0])
        answer = {"status": "error", "release": settings.RELEASE, "schema": None}
        return JsonResponse(answer, status=503)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def artists(request: HttpRequest) -> JsonResponse:
    """All artists, or a new one."""
    if request.method == "POST":
        return add(request)
    rows = ArtistProfile.objects.order_by("id").values_list("id", "user__username", "display_name")
    listed = [{"id": id_, "key": key, "name": name} for id_, key, name in rows]
    return JsonResponse(listed, safe=False)


@require_safe
def count(_request: HttpRequest) -> JsonResponse:
    """How many artists there are."""
    return JsonResponse({"count": ArtistProfile.objects.count()})


def add(request: HttpRequest) -> JsonResponse:
    """Make an artist; the answer follows the commit."""
    try:
        new = json.loads(request.body)
        key, name = new["key"], new["name"]
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"detail": "expected JSON with key and name"}, status=400)
    if not all(isinstance(text, str) and 0 < len(text) <= 150 for text in (key, name)):
        return JsonResponse({"detail": "key and name have 1 to 150 characters"}, status=400)
    try:
        profile = create(key, name)
    except KeyTaken:
        return JsonResponse({"detail": "an artist with this key exists"}, status=409)
    return JsonResponse({"id": profile.id, "key": key}, status=201)


@transaction.atomic(durable=True)
def create(key: str, name: str) -> ArtistProfile:
    """Store a user and their profile, both or neither."""
    try:
        user = User.objects.create_user(username=key, user_type=User.UserType.ARTIST)
    except IntegrityError as error:
        raise KeyTaken(key) from error
    return ArtistProfile.objects.create(user=user, display_name=name)
