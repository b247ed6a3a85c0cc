"""What an artist's connection to SumUp needs. Artists that exist have no status yet."""

from django.db import migrations, models

STATUSES = [
    ("not_connected", "Not Connected"),
    ("connected", "Connected"),
    ("expired", "Expired"),
    ("error", "Error"),
]


def add(name, field):
    return migrations.AddField("artistprofile", name, field)


def text(kind, **options):
    """Text that older code need not give."""
    return kind(blank=True, default="", db_default="", **options)


def status(**options):
    return models.CharField(max_length=20, null=True, choices=STATUSES, **options)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_emailverificationtoken")]
    operations = [
        add("sumup_access_token", text(models.TextField)),
        add("sumup_refresh_token", text(models.TextField)),
        add("sumup_token_type", text(models.CharField, max_length=20)),
        add("sumup_expires_at", models.DateTimeField(null=True, blank=True)),
        add("sumup_scope", text(models.CharField, max_length=255)),
        add("sumup_merchant_code", text(models.CharField, max_length=50)),
        add("sumup_connected_at", models.DateTimeField(null=True, blank=True)),
        # The default comes second: with it, adding the column would give it to all rows.
        add("sumup_connection_status", status()),
        migrations.AlterField(
            "artistprofile",
            "sumup_connection_status",
            status(default="not_connected", db_default="not_connected"),
        ),
    ]
