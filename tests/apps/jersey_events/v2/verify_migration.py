#!/usr/bin/env python
"""Verify the migration to SumUp; on a live site artists may have connected or joined meanwhile."""

import os
import sys

import django
from django.db import Error
from django.db.models import Count


def problems() -> list[str]:
    """What is wrong with the artists; prints how many have which status."""
    from accounts.models import ArtistProfile, SumUpStatus

    counted = ArtistProfile.objects.values_list("sumup_connection_status")
    statuses = dict(counted.annotate(artists=Count("pk")).order_by("sumup_connection_status"))
    print(f"artists: {sum(statuses.values())}")
    for status, artists in statuses.items():
        print(f"  {status}: {artists}")
    unknown = [
        f"{artists} artists have the status {status!r}"
        for status, artists in statuses.items()
        if status not in SumUpStatus.values
    ]
    connected = ArtistProfile.objects.filter(sumup_connection_status=SumUpStatus.CONNECTED)
    without = [
        f"artist {artist.pk} has the status 'connected' and no token"
        for artist in connected.iterator()
        if not artist.is_sumup_connected and not artist.sumup_token_expired
    ]
    return unknown + without


def main() -> int:
    """Say what is wrong; return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "events.settings")
    django.setup()
    try:
        found = problems()
    except Error as error:
        found = [f"the artists cannot be read: {error}"]
    for problem in found:
        print(problem, file=sys.stderr)
    print("the migration is not complete" if found else "the migration is complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
