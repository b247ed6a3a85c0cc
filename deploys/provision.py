"""Give each host what its apps need, and release nothing."""

from tasks import apps

apps.include(only=["preflight"])
apps.include(only=["provision"])
