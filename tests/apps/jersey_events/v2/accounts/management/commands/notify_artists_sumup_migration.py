"""Tells artists that they can connect to SumUp."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.management.base import BaseCommand
from django.urls import reverse

from accounts.models import ArtistProfile, SumUpStatus

SUBJECT = "Please connect your SumUp account"
BODY = """Dear {name},

payments now go straight to your own SumUp account. Please connect it:
{address}

Jersey Events
"""


class Command(BaseCommand):
    """Mails every artist with an address who is not connected; a second run mails again."""

    help = "Mail artists who are not connected to SumUp."

    def add_arguments(self, parser):
        """Take whom to tell, and whether to."""
        parser.add_argument("--approved-only", action="store_true", help="only approved artists")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *_args, approved_only: bool, dry_run: bool, **_options):
        """Mail them all over one connection."""
        artists = ArtistProfile.objects.exclude(sumup_connection_status=SumUpStatus.CONNECTED)
        artists = artists.exclude(user__email="").select_related("user").order_by("pk")
        if approved_only:
            artists = artists.filter(is_approved=True)
        if dry_run:
            self.stdout.write(f"would notify {artists.count()} artists")
            return
        sent = get_connection().send_messages([message(artist) for artist in artists])
        self.stdout.write(f"notified {sent or 0} artists")


def message(artist: ArtistProfile) -> EmailMessage:
    """The mail to one artist."""
    address = settings.SITE_URL + reverse("sumup-connect")
    body = BODY.format(name=artist.display_name, address=address)
    return EmailMessage(SUBJECT, body, to=[artist.user.email])
