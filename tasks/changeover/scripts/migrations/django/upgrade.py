# All steps in one process of Django's own, as "manage.py migrate" takes them.
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor

apply_migration = MigrationExecutor.apply_migration


def apply_told(self, state, migration, *args, **how):
    key = migration.app_label, migration.name
    self.connection.ensure_connection()
    steps.settle(self.connection.vendor, self.connection.connection)
    steps.begin(".".join(key))
    state = apply_migration(self, state, migration, *args, **how)
    wanted = {tuple(one) for one in migration.replaces or [key]}
    found = wanted & set(self.recorder.applied_migrations())
    steps.require(
        ".".join(key), {".".join(one) for one in wanted}, {".".join(one) for one in found}
    )
    return state


MigrationExecutor.apply_migration = apply_told
call_command("migrate", interactive=False, skip_checks=False)
