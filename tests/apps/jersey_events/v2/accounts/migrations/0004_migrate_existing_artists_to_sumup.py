"""Give each artist a status, and those paid through SumUp by hand their merchant code."""

import re

from django.db import migrations

BATCH = 500
NOTE = re.compile(r"SumUp: ([A-Z0-9]{1,50})")
CHANGED = ["sumup_connection_status", "sumup_merchant_code"]


def batches(artists):
    """All artists by primary key, a few at a time; changing them does not disturb the order."""
    last = 0
    while batch := list(artists.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def noted_code(artist):
    """The merchant code in an artist's payment note, or nothing."""
    found = NOTE.fullmatch(artist.payment_note)
    return found[1] if found else ""


def forwards(apps, _schema_editor):
    """Artists who have no status are not connected."""
    manager = apps.get_model("accounts", "ArtistProfile").objects
    for batch in batches(manager.filter(sumup_connection_status=None)):
        for artist in batch:
            artist.sumup_connection_status = "not_connected"
            artist.sumup_merchant_code = artist.sumup_merchant_code or noted_code(artist)
        manager.bulk_update(batch, CHANGED)


def backwards(apps, _schema_editor):
    """Take back the status and what came from a note; who connected since stays connected."""
    manager = apps.get_model("accounts", "ArtistProfile").objects
    for batch in batches(manager.filter(sumup_connection_status="not_connected")):
        for artist in batch:
            artist.sumup_connection_status = None
            if artist.sumup_merchant_code == noted_code(artist):
                artist.sumup_merchant_code = ""
        manager.bulk_update(batch, CHANGED)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_add_sumup_oauth_fields")]
    operations = [migrations.RunPython(forwards, backwards)]
