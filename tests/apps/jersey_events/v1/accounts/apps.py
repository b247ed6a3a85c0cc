"""The application's accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, and what artists say about themselves."""

    name = "accounts"
