"""Give each host what its apps need, and leave the host itself alone: what layers are made of."""

from changeover import apps

apps.include(only=["preflight"])
apps.include(only=["provision"])
