"""The way of an artist to SumUp and back."""

import logging
import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts import sumup
from accounts.models import ArtistProfile, SumUpStatus

log = logging.getLogger(__name__)


@require_safe
@login_required
def connect(request: HttpRequest) -> HttpResponseRedirect:
    """Send an artist to SumUp."""
    own_profile(request)
    state = request.session["sumup_state"] = secrets.token_urlsafe(16)
    return redirect(sumup.authorize_url(state))


@require_safe
@login_required
def callback(request: HttpRequest) -> HttpResponseRedirect:
    """Take an artist back from SumUp."""
    profile = own_profile(request)
    state = request.session.pop("sumup_state", None)
    if state is None or request.GET.get("state") != state:
        messages.error(request, "This connection was not started here.")
        return redirect("dashboard")
    try:
        profile.update_sumup_connection(sumup.connection(request.GET.get("code", "")))
    except (OSError, ValueError, KeyError) as error:
        log.error("SumUp gave no tokens: %r", error)
        profile.sumup_connection_status = SumUpStatus.ERROR
        profile.save(update_fields=["sumup_connection_status"])
        messages.error(request, "SumUp did not confirm the connection.")
    return redirect("dashboard")


def own_profile(request: HttpRequest) -> ArtistProfile:
    """The profile of who is logged in; nobody else has business with SumUp."""
    profile = ArtistProfile.objects.filter(user=request.user).first()
    if profile is None:
        raise PermissionDenied("only artists connect to SumUp")
    return profile
