"""Data to release with."""

from datetime import UTC, datetime, timedelta

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import ArtistProfile, User

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
NOTES = ["SumUp: M{number:06}", "Bank transfer", ""]


class Command(BaseCommand):
    """Makes artists that are the same on every machine; those that exist stay as they are."""

    help = "Make the artists artist-00001 to artist-N."

    def add_arguments(self, parser):
        """Take how many."""
        parser.add_argument("wanted", type=int, metavar="N")

    @transaction.atomic
    def handle(self, *_args, wanted: int, **_options):
        """Make those that are missing."""
        existing = set(User.objects.values_list("username", flat=True))
        missing = [n for n in range(1, wanted + 1) if username(n) not in existing]
        users = User.objects.bulk_create([user(number) for number in missing], batch_size=500)
        profiles = [profile(number, user) for number, user in zip(missing, users, strict=True)]
        ArtistProfile.objects.bulk_create(profiles, batch_size=500)
        self.stdout.write(f"made {len(profiles)} artists")


def username(number: int) -> str:
    """The key of the artist with this number."""
    return f"artist-{number:05}"


def user(number: int) -> User:
    """An artist who can not log in."""
    return User(
        username=username(number),
        email=f"{username(number)}@example.com",
        password="!",
        user_type=User.UserType.ARTIST,
        date_joined=BEGIN + timedelta(minutes=number),
    )


def profile(number: int, owner: User) -> ArtistProfile:
    """Two of three are approved, and a third was paid through SumUp before it was connected."""
    return ArtistProfile(
        user=owner,
        display_name=f"Artist {number}",
        bio=f"Plays on stage {number % 7}.\nSince {1980 + number % 40}, à Jèrri.",
        is_approved=number % 3 != 0,
        payment_note=NOTES[number // 3 % 3].format(number=number),
        created_at=BEGIN + timedelta(minutes=number),
    )
