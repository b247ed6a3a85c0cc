"""What administrators see and change."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import ArtistProfile, EmailVerificationToken, User

admin.site.register(User, UserAdmin)
admin.site.register(EmailVerificationToken)


@admin.register(ArtistProfile)
class ArtistProfileAdmin(admin.ModelAdmin):
    """Artists, and whether they may appear."""

    list_display = ("display_name", "is_approved", "payment_note")
    list_filter = ("is_approved",)
