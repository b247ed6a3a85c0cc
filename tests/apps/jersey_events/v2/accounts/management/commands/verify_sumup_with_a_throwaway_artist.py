"""Tries the SumUp connection on an artist who never comes to be."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import ArtistProfile, User

TOKENS = {"access_token": "test_token", "refresh_token": "test_refresh", "expires_in": 3600}


class Command(BaseCommand):
    """Leaves nothing behind: the transaction is rolled back, whatever is found or raised."""

    help = "Connect an artist to SumUp in a transaction that is rolled back; exit 1 if that fails."

    def handle(self, *_args, **_options):
        """Make the artist, look, and take all of it back."""
        with transaction.atomic(durable=True):
            wrong = [what for what, right in checks(throwaway()) if not right]
            transaction.set_rollback(True)
        if wrong:
            raise CommandError("not so: " + "; ".join(wrong))
        self.stdout.write("the SumUp connection works; nothing was kept")


def throwaway() -> ArtistProfile:
    """An artist whose name nobody has."""
    username = f"throwaway-{uuid.uuid4()}"
    user = User.objects.create_user(username, f"{username}@example.com", user_type="artist")
    return ArtistProfile.objects.create(user=user, display_name="Throwaway")


def checks(profile: ArtistProfile):
    """What must be so, in the order of an artist's way; each as (sentence, whether it is)."""
    yield "a new artist is not connected", not profile.is_sumup_connected
    yield "a new artist's status is not_connected", is_stored(profile, "not_connected")
    client = Client(SERVER_NAME=urlsplit(settings.SITE_URL).hostname)
    connect, login = reverse("sumup-connect"), reverse("login")
    yield "who is not logged in goes to the login", leads(client, connect, login)
    client.force_login(profile.user)
    yield "an artist goes to SumUp", leads(client, connect, settings.SUMUP_BASE_URL)
    dashboard = client.get(reverse("dashboard"), secure=True)
    yield "the dashboard has the SumUp card", b'id="sumup-connection"' in dashboard.content
    profile.update_sumup_connection(TOKENS)
    profile.refresh_from_db()
    yield "an artist with tokens is connected", profile.is_sumup_connected
    yield "their status is connected", is_stored(profile, "connected")


def is_stored(profile: ArtistProfile, status: str) -> bool:
    """Whether the database holds this status."""
    return ArtistProfile.objects.filter(pk=profile.pk, sumup_connection_status=status).exists()


def leads(client: Client, address: str, target: str) -> bool:
    """Whether an address redirects to where it should."""
    answer = client.get(address, secure=True)
    return answer.status_code == 302 and answer["Location"].startswith(target)
