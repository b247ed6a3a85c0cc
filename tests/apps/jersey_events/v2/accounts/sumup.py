"""SumUp's OAuth, as far as it is needed."""

import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

TIMEOUT_SECONDS = 10


def authorize_url(state: str) -> str:
    """Where an artist agrees to be connected."""
    query = {
        "response_type": "code",
        "client_id": settings.SUMUP_CLIENT_ID,
        "redirect_uri": settings.SUMUP_REDIRECT_URI,
        "scope": "payments user.profile_readonly",
        "state": state,
    }
    return f"{settings.SUMUP_BASE_URL}/authorize?{urlencode(query)}"


def connection(code: str) -> dict:
    """What a code is worth: tokens, and whose they are. OSError, ValueError or KeyError if none."""
    form = {
        "grant_type": "authorization_code",
        "client_id": settings.SUMUP_CLIENT_ID,
        "client_secret": settings.SUMUP_CLIENT_SECRET,
        "redirect_uri": settings.SUMUP_REDIRECT_URI,
        "code": code,
    }
    tokens = _ask(Request(f"{settings.SUMUP_BASE_URL}/token", urlencode(form).encode()))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    profile = _ask(Request(f"{settings.SUMUP_API_URL}/me", headers=bearer))
    return {**tokens, "merchant_code": profile["merchant_profile"]["merchant_code"]}


def _ask(request: Request) -> dict:
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return json.load(answer)
