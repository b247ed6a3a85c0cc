"""Release every app of each host: converge a fresh host or a live one to the wanted commit."""

from changeover import apps

apps.release()
