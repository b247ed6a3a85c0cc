"""Users, and what artists say about themselves."""

import uuid

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


class ArtistProfile(models.Model):
    """What an artist shows to visitors, and how they are paid."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="artist_profile")
    display_name = models.CharField(max_length=200)
    bio = models.TextField(blank=True)
    is_approved = models.BooleanField(default=False)
    payment_note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.display_name


class EmailVerificationToken(models.Model):
    """A link that was mailed; whoever follows it reads that mailbox."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="verification_tokens")
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.token)
