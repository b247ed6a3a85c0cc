"""Pages."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import ArtistProfile, EmailVerificationToken


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What everybody sees first."""
    approved = ArtistProfile.objects.filter(is_approved=True).order_by("display_name", "id")
    context = {"artists": approved[:20], "release": settings.RELEASE}
    return render(request, "accounts/home.html", context)


@require_safe
@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """What an artist sees of themselves."""
    profile = ArtistProfile.objects.filter(user=request.user).first()
    return render(request, "accounts/dashboard.html", {"profile": profile})


@require_safe
@transaction.atomic
def verify_email(request: HttpRequest, token: uuid.UUID) -> HttpResponseRedirect:
    """Believe that a mailbox is the user's; each link works once."""
    found = get_object_or_404(EmailVerificationToken, token=token)
    found.user.is_email_verified = True
    found.user.save(update_fields=["is_email_verified"])
    found.delete()
    messages.success(request, "Thank you, your e-mail address is verified.")
    return redirect("home")
