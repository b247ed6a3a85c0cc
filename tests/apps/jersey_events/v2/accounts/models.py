"""Users, and what artists say about themselves."""

import uuid
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """Somebody who can log in."""

    class UserType(models.TextChoices):
        """What a user does here."""

        ARTIST = "artist"
        CUSTOMER = "customer"
        ADMIN = "admin"

    user_type = models.CharField(max_length=10, choices=UserType.choices, default=UserType.CUSTOMER)
    is_email_verified = models.BooleanField(default=False)


class SumUpStatus(models.TextChoices):
    """How an artist stands with SumUp."""

    NOT_CONNECTED = "not_connected"
    CONNECTED = "connected"
    EXPIRED = "expired"
    ERROR = "error"


SUMUP_FIELDS = [
    "sumup_access_token",
    "sumup_refresh_token",
    "sumup_token_type",
    "sumup_expires_at",
    "sumup_scope",
    "sumup_merchant_code",
    "sumup_connected_at",
    "sumup_connection_status",
]


class ArtistProfile(models.Model):
    """What an artist shows to visitors, and how they are paid."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="artist_profile")
    display_name = models.CharField(max_length=200)
    bio = models.TextField(blank=True)
    is_approved = models.BooleanField(default=False)
    payment_note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    # The database has the defaults too: code from before these columns still adds artists.
    sumup_access_token = models.TextField(blank=True, default="", db_default="")
    sumup_refresh_token = models.TextField(blank=True, default="", db_default="")
    sumup_token_type = models.CharField(max_length=20, blank=True, default="", db_default="")
    sumup_expires_at = models.DateTimeField(null=True, blank=True)
    sumup_scope = models.CharField(max_length=255, blank=True, default="", db_default="")
    sumup_merchant_code = models.CharField(max_length=50, blank=True, default="", db_default="")
    sumup_connected_at = models.DateTimeField(null=True, blank=True)
    sumup_connection_status = models.CharField(
        max_length=20,
        null=True,
        choices=SumUpStatus.choices,
        default=SumUpStatus.NOT_CONNECTED,
        db_default="not_connected",
    )

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_sumup_connected(self) -> bool:
        """Whether visitors can pay this artist through SumUp now."""
        connected = self.sumup_connection_status == SumUpStatus.CONNECTED
        return connected and bool(self.sumup_access_token) and not self.sumup_token_expired

    @property
    def sumup_token_expired(self) -> bool:
        """Whether the access token is of no use any more, or there is none."""
        return self.sumup_expires_at is None or self.sumup_expires_at <= timezone.now()

    def update_sumup_connection(self, answer: dict) -> None:
        """Keep what SumUp answered when it gave tokens."""
        now = timezone.now()
        self.sumup_access_token = answer["access_token"]
        self.sumup_refresh_token = answer.get("refresh_token", "")
        self.sumup_token_type = answer.get("token_type", "Bearer")
        self.sumup_expires_at = now + timedelta(seconds=int(answer["expires_in"]))
        self.sumup_scope = answer.get("scope", "")
        self.sumup_merchant_code = answer.get("merchant_code", self.sumup_merchant_code)
        self.sumup_connected_at = now
        self.sumup_connection_status = SumUpStatus.CONNECTED
        self.save(update_fields=SUMUP_FIELDS)


class EmailVerificationToken(models.Model):
    """A link that was mailed; whoever follows it reads that mailbox."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="verification_tokens")
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.token)
